import type { RunPlan } from './plan.ts';

export interface PlanProblem {
  readonly path: string;
  readonly message: string;
}

/** Which fields a run of each kind has and has not: a field that would do nothing is refused, never ignored. */
export function kindProblems(plan: RunPlan): PlanProblem[] {
  switch (plan.kind) {
    case 'federated':
      return [...needed(plan, ['local']), ...refused(plan, ['node', 'heldBy'])];
    case 'local':
      return [
        ...needed(plan, ['local', 'node']),
        ...refused(plan, ['heldBy', 'rounds', 'cohort', 'populationMin', 'updatesMin', 'strategy', 'privacy', 'stop']),
      ];
    case 'evaluation':
      return refused(plan, [
        ...(['node', 'rounds', 'cohort', 'updatesMin', 'local', 'trainable', 'strategy', 'privacy'] as const),
        ...(['evaluation', 'stop', 'publishAs'] as const),
      ]);
  }
}

/** What a field has when nothing is said: a plan that was read cannot tell the two apart, and need not. */
const SILENT: Partial<Record<keyof RunPlan, unknown>> = {
  heldBy: 'nodes',
  rounds: 1,
  cohort: { sampling: 'all' },
  populationMin: 1,
  updatesMin: 1,
  strategy: { name: 'fedavg', serverLearningRate: 1 },
};

function needed(plan: RunPlan, fields: readonly (keyof RunPlan)[]): PlanProblem[] {
  return fields
    .filter((field) => plan[field] === undefined)
    .map((path) => ({ path, message: `a run of the kind ${plan.kind} needs it` }));
}

function refused(plan: RunPlan, fields: readonly (keyof RunPlan)[]): PlanProblem[] {
  return fields
    .filter((field) => JSON.stringify(plan[field]) !== JSON.stringify(SILENT[field]))
    .map((path) => ({ path, message: `a run of the kind ${plan.kind} has none` }));
}
