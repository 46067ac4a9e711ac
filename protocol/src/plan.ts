import { z } from 'zod';
import { datasetName, modelName, modelVersion } from './ids.ts';
import { limits } from './limits.ts';
import { kindProblems } from './plan-kinds.ts';

const fraction = z.number().gt(0).max(1);

/** Who takes part in a round. Only `poisson` lets privacy count on sampling: the coordinator flips every coin. */
export const cohortPlan = z.discriminatedUnion('sampling', [
  z.strictObject({ sampling: z.literal('all') }),
  z.strictObject({ sampling: z.literal('fraction'), rate: fraction }),
  z.strictObject({ sampling: z.literal('poisson'), rate: fraction }),
]);
export type CohortPlan = z.infer<typeof cohortPlan>;

const decay = z.number().min(0).lt(1);
const adamSettings = {
  beta1: decay.default(0.9),
  beta2: decay.default(0.999),
  epsilon: z.number().gt(0).default(1e-8),
};

/** How gradients become updates on the node; names and defaults follow PyTorch's optimizers. */
export const optimizerPlan = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('sgd') }),
  z.strictObject({ name: z.literal('momentum'), momentum: decay.default(0.9) }),
  z.strictObject({ name: z.literal('nesterov'), momentum: decay.gt(0).default(0.9) }),
  z.strictObject({ name: z.literal('adam'), ...adamSettings }),
  z.strictObject({ name: z.literal('adamw'), ...adamSettings }),
]);
export type OptimizerPlan = z.infer<typeof optimizerPlan>;

export const LOSS_NAMES = [
  'softmax-cross-entropy',
  'sigmoid-cross-entropy',
  'mean-squared',
  'mean-absolute',
  'huber',
] as const;
export type LossName = (typeof LOSS_NAMES)[number];

/** What a node does with the weights between offer and update. Components do plain SGD on a loss of their own. */
export const localPlan = z.strictObject({
  epochs: z.int().min(1).max(1_000),
  batchSize: z.int().min(1).max(65_536),
  learningRate: z.number().gt(0).max(1_000),
  /** FedProx: the strength of the pull towards the weights of the round (Li et al. 2020, mu). */
  proximal: z.number().min(0).max(1_000).default(0),
  /** Plain SGD if nothing is said. Its state begins anew in every round. */
  optimizer: optimizerPlan.optional(),
  /** Pulls weights towards zero: through the gradient, or beside it with AdamW. */
  weightDecay: z.number().min(0).max(1_000).optional(),
  /** Gradients are scaled down so that their norm over all parameters is at most this. */
  gradientClipNorm: z.number().gt(0).max(1e6).optional(),
  /** The one that fits the end of the model if nothing is said; softmax cross-entropy for classifiers. */
  loss: z.enum(LOSS_NAMES).optional(),
  /** Features are bytes, whole numbers from 0 to 255, that are multiplied by this in the graph: 1/255 for pixels. */
  inputScale: z.number().gt(0).max(1e6).optional(),
});
export type LocalPlan = z.infer<typeof localPlan>;

/** Fields of `local` that only graphs which the platform differentiates understand. */
export const DERIVED_TRAINING_FIELDS = ['optimizer', 'weightDecay', 'gradientClipNorm', 'loss', 'inputScale'] as const;

export const RUN_KINDS = ['federated', 'local', 'evaluation'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

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

/** A run, whole. Unknown fields are refused: a misspelt `noiseMultiplier` must not train without privacy. */
export const runPlan = z
  .strictObject({
    /**
     * `federated`: rounds over many nodes. `local`: one named node trains, its weights are the result. `evaluation`:
     * a version is scored on a data set, nothing is trained.
     */
    kind: z.enum(RUN_KINDS).default('federated'),
    model: z.strictObject({ name: modelName, version: modelVersion }),
    /** Nodes that hold a data set of this name are the population. */
    dataset: datasetName,
    /** Of an evaluation: whether nodes hold the data set, each scoring its own rows, or the coordinator does. */
    heldBy: z.enum(['nodes', 'coordinator']).default('nodes'),
    /** Of a local run: the node that trains, by name or id. */
    node: z.string().min(1).max(100).optional(),
    rounds: z.int().min(1).max(limits.runRoundsMax).default(1),
    cohort: cohortPlan.default({ sampling: 'all' }),
    /** A run with fewer nodes in its population does not start. */
    populationMin: z.int().min(1).max(limits.cohortMax).default(1),
    /** A round with fewer updates changes nothing. */
    updatesMin: z.int().min(0).max(limits.cohortMax).default(1),
    /** Whatever trains has it. */
    local: localPlan.optional(),
    /** Names of the parameters to train, with `*` and `?`; all of the version's if nothing is said. */
    trainable: z.array(z.string().min(1).max(256)).min(1).max(100).optional(),
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
  })
  .superRefine((plan, context) => {
    for (const { path, message } of kindProblems(plan)) context.addIssue({ code: 'custom', path: [path], message });
  });
export type RunPlan = z.infer<typeof runPlan>;
/** A plan as people write it: fields with defaults may be left out. */
export type RunPlanInput = z.input<typeof runPlan>;
