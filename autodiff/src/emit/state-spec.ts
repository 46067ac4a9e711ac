import { countsSteps, stateKinds } from '../optimizer/state-kinds.ts';
import type { TrainingPlan } from '../plan/training-plan.ts';
import { afterName, beforeName, stateName, STEPS_DONE } from './training-names.ts';

/**
 * A value that every step replaces: a parameter or a running statistic, which start as the model has them, or what the
 * optimizer keeps, which starts as zeros.
 */
export interface StateSpec {
  readonly name: string;
  readonly kind: 'parameter' | 'statistic' | 'optimizer';
  readonly dims: readonly number[];
  /** Name of the graph's input before the step, and of its output after it. */
  readonly input: string;
  readonly output: string;
}

export function stateSpecs({ parameters, statistics, optimizer }: TrainingPlan): StateSpec[] {
  const kept = stateKinds(optimizer).flatMap((kind) =>
    parameters.map(({ name, dims }) => stateSpec(stateName(kind, name), 'optimizer', dims)),
  );
  const counted = countsSteps(optimizer) ? [stateSpec(STEPS_DONE, 'optimizer', [])] : [];
  return [
    ...parameters.map(({ name, dims }) => stateSpec(name, 'parameter', dims)),
    ...statistics.map(({ name, dims }) => stateSpec(name, 'statistic', dims)),
    ...kept,
    ...counted,
  ];
}

function stateSpec(name: string, kind: StateSpec['kind'], dims: readonly number[]): StateSpec {
  return { name, kind, dims, input: beforeName(name), output: afterName(name) };
}
