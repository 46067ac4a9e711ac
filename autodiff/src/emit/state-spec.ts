import { countsSteps, stateKinds } from '../optimizer/state-kinds.ts';
import type { TrainingPlan } from '../plan/training-plan.ts';
import { afterName, beforeName, stateName, STEPS_DONE } from './training-names.ts';

/** A value that every step replaces: a parameter, or what the optimizer keeps (zeros at the start). */
export interface StateSpec {
  readonly name: string;
  readonly kind: 'parameter' | 'optimizer';
  readonly dims: readonly number[];
  /** Name of the graph's input before the step, and of its output after it. */
  readonly input: string;
  readonly output: string;
}

export function stateSpecs({ parameters, optimizer }: TrainingPlan): StateSpec[] {
  const kept = stateKinds(optimizer).flatMap((kind) =>
    parameters.map(({ name, dims }) => stateSpec(stateName(kind, name), 'optimizer', dims)),
  );
  const counted = countsSteps(optimizer) ? [stateSpec(STEPS_DONE, 'optimizer', [])] : [];
  return [...parameters.map(({ name, dims }) => stateSpec(name, 'parameter', dims)), ...kept, ...counted];
}

function stateSpec(name: string, kind: StateSpec['kind'], dims: readonly number[]): StateSpec {
  return { name, kind, dims, input: beforeName(name), output: afterName(name) };
}
