import { z } from 'zod';
import { datasetName, digest, modelName, modelVersion, runId } from '../ids.ts';
import { parameterSpec, type ParameterSpec } from '../model.ts';
import { LOSS_NAMES, optimizerPlan } from '../plan.ts';

/** An invitation to one round, signed by the coordinator. */
export const roundOffer = z.object({
  run: runId,
  round: z.int().min(1),
  /** Counts the offers of one round: an offer made again after a restart has a higher one. */
  attempt: z.int().min(1),
  model: z.object({ name: modelName, version: modelVersion }),
  /** The weights of the round, as safetensors. */
  weights: digest,
  parameters: z.array(parameterSpec).min(1).max(10_000),
  dataset: datasetName,
  /** How to train. Without it nothing is: the node scores the weights on its own rows (`evaluationUpdate`). */
  local: z
    .object({
      epochs: z.int().min(1),
      batchSize: z.int().min(1),
      learningRate: z.number().gt(0),
      proximal: z.number().min(0),
      optimizer: optimizerPlan.optional(),
      weightDecay: z.number().min(0).optional(),
      gradientClipNorm: z.number().gt(0).optional(),
      loss: z.enum(LOSS_NAMES).optional(),
      inputScale: z.number().gt(0).optional(),
    })
    .optional(),
  /** Set where somebody watches a single node: it tells how far it is, at most this often. Never with a clip norm. */
  progressEveryMs: z.int().min(100).optional(),
  seed: z.string().max(256),
  /** L2 norm to clip the update to. With it, neither example counts nor metrics leave the node. */
  clipNorm: z.number().gt(0).optional(),
  /** What is left of the round. */
  timeoutMs: z.int().min(1),
});
export type RoundOffer = z.infer<typeof roundOffer>;

/** Whether the node takes part. */
export const roundAnswer = z.object({
  attempt: z.int().min(1),
  accepted: z.boolean(),
  code: z.string().max(100).optional(),
  detail: z.string().max(2_000).optional(),
});
export type RoundAnswer = z.infer<typeof roundAnswer>;

/** How far a training is. */
export const trainingProgress = z.object({
  attempt: z.int().min(1),
  stepsDone: z.int().min(0),
  stepsTotal: z.int().min(0),
  /** Mean loss of the examples since the progress before. */
  loss: z.number().optional(),
  examplesPerSecond: z.number().min(0).optional(),
});
export type TrainingProgressMessage = z.infer<typeof trainingProgress>;

/** What a node sends instead of a difference where an offer has nothing to train: sums over its rows, as `delta`. */
export const evaluationUpdate: readonly ParameterSpec[] = [
  { name: 'right', shape: [1] },
  { name: 'lossSum', shape: [1] },
];

/**
 * Head of the tensor frame of an update; its one tensor `delta` is FP32 with the parameters in order, local weights
 * minus the round's. Counts and metrics only without privacy.
 */
export const updateHead = z.object({
  attempt: z.int().min(1),
  examples: z.int().min(1).optional(),
  metrics: z
    .array(z.object({ name: z.string().max(100), value: z.number() }))
    .max(32)
    .optional(),
});
export type UpdateHead = z.infer<typeof updateHead>;

/** What the coordinator has stored of an update; the node sends on from `nextSequence`. */
export const updateAck = z.object({
  stream: z.string().regex(/^[0-9a-f]{32}$/),
  nextSequence: z.int().min(0),
  complete: z.boolean(),
  /** Set when the update is refused. */
  code: z.string().max(100).optional(),
});
export type UpdateAck = z.infer<typeof updateAck>;

/** Tells that a round takes no more updates: whoever still trains for it may stop. */
export const roundClosed = z.object({ reason: z.enum(['complete', 'deadline', 'stopped', 'failed']) });
export type RoundClosed = z.infer<typeof roundClosed>;
