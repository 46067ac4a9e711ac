import { z } from 'zod';
import { datasetName, modelName, modelVersion } from './ids.ts';
import { limits } from './limits.ts';

const fraction = z.number().gt(0).max(1);

/** Who takes part in a round. Only `poisson` lets privacy count on sampling: the coordinator flips every coin. */
export const cohortPlan = z.discriminatedUnion('sampling', [
  z.strictObject({ sampling: z.literal('all') }),
  z.strictObject({ sampling: z.literal('fraction'), rate: fraction }),
  z.strictObject({ sampling: z.literal('poisson'), rate: fraction }),
]);
export type CohortPlan = z.infer<typeof cohortPlan>;

/** What a node does with the weights between offer and update. */
export const localPlan = z.strictObject({
  epochs: z.int().min(1).max(1_000),
  batchSize: z.int().min(1).max(65_536),
  learningRate: z.number().gt(0).max(1_000),
  /** FedProx: the strength of the pull towards the weights of the round (Li et al. 2020, mu). */
  proximal: z.number().min(0).max(1_000).default(0),
});
export type LocalPlan = z.infer<typeof localPlan>;

export const strategyPlan = z.strictObject({
  name: z.literal('fedavg'),
  /** The mean update is multiplied by it before it is added to the weights. */
  serverLearningRate: z.number().gt(0).max(1_000).default(1),
});
export type StrategyPlan = z.infer<typeof strategyPlan>;

/** Central differential privacy at the level of nodes: one node more or less is what an observer cannot tell. */
export const privacyPlan = z.strictObject({
  /** L2 norm to which every node clips its update. */
  clipNorm: z.number().gt(0).max(1e6),
  /** Standard deviation of the noise in the sum, in units of the clip norm. */
  noiseMultiplier: z.number().gt(0).max(1e6),
  delta: z.number().gt(0).lt(1),
  /** The budget: a run that would spend more is refused before it starts. */
  epsilonMax: z.number().gt(0),
});
export type PrivacyPlan = z.infer<typeof privacyPlan>;

/** Evaluation on a data set that the coordinator holds. */
export const evaluationPlan = z.strictObject({
  dataset: datasetName,
  /** Every how many rounds; the last round is always evaluated. */
  everyRounds: z.int().min(1).max(limits.runRoundsMax).default(1),
});
export type EvaluationPlan = z.infer<typeof evaluationPlan>;

/** A federated run, whole. Unknown fields are refused: a misspelt `noiseMultiplier` must not train without privacy. */
export const runPlan = z
  .strictObject({
    model: z.strictObject({ name: modelName, version: modelVersion }),
    /** Nodes that hold a data set of this name are the population. */
    dataset: datasetName,
    rounds: z.int().min(1).max(limits.runRoundsMax),
    cohort: cohortPlan.default({ sampling: 'all' }),
    /** A run with fewer nodes in its population does not start. */
    populationMin: z.int().min(1).max(limits.cohortMax).default(1),
    /** A round with fewer updates changes nothing. */
    updatesMin: z.int().min(0).max(limits.cohortMax).default(1),
    local: localPlan,
    strategy: strategyPlan.default({ name: 'fedavg', serverLearningRate: 1 }),
    privacy: privacyPlan.optional(),
    roundTimeoutMs: z
      .int()
      .min(100)
      .max(24 * 3_600_000)
      .default(60_000),
    /** Seeds batches and fraction cohorts; never noise, Poisson coins or keys. */
    seed: z.string().min(1).max(256).default('sedge'),
    evaluation: evaluationPlan.optional(),
    /** Ends the run before its last round. */
    stop: z.strictObject({ accuracyMin: fraction }).optional(),
    /** The version that the result is published as; needs a delegation of a publisher. */
    publishAs: modelName.optional(),
  })
  .refine((plan) => plan.stop === undefined || plan.evaluation !== undefined, {
    path: ['stop'],
    message: 'a stop rule on accuracy needs an evaluation',
  });
export type RunPlan = z.infer<typeof runPlan>;
/** A plan as people write it: fields with defaults may be left out. */
export type RunPlanInput = z.input<typeof runPlan>;
