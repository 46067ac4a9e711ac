import type { OptimizerSettings } from './optimizer.ts';

/** What an optimizer keeps for each parameter between steps, all zeros at the start. */
export function stateKinds({ name, momentum = 0 }: OptimizerSettings): readonly string[] {
  if (name !== 'sgd') return ['mean', 'square'];
  return momentum === 0 ? [] : ['velocity'];
}

export function countsSteps({ name }: OptimizerSettings): boolean {
  return name !== 'sgd';
}

/** Whether an update is the gradient times a number that is the same for all parameters: plain SGD, nothing added. */
export function isProportional(settings: OptimizerSettings): boolean {
  const { name, momentum = 0, weightDecay = 0, clipNorm, proximal = false, correction = false } = settings;
  return name === 'sgd' && momentum === 0 && weightDecay === 0 && clipNorm === undefined && !proximal && !correction;
}
