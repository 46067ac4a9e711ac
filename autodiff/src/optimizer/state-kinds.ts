import type { OptimizerSettings } from './optimizer.ts';

/** What an optimizer keeps for each parameter between steps, all zeros at the start. */
export function stateKinds({ name, momentum = 0 }: OptimizerSettings): readonly string[] {
  if (name !== 'sgd') return ['mean', 'square'];
  return momentum === 0 ? [] : ['velocity'];
}

export function countsSteps({ name }: OptimizerSettings): boolean {
  return name !== 'sgd';
}
