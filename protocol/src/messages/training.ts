import { z } from 'zod';
import { datasetName, digest, modelName, modelVersion, runId } from '../ids.ts';
import { parameterSpec } from '../model.ts';

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
  local: z.object({
    epochs: z.int().min(1),
    batchSize: z.int().min(1),
    learningRate: z.number().gt(0),
    proximal: z.number().min(0),
  }),
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
