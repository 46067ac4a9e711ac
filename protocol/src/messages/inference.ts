import { z } from 'zod';
import { modelName, modelVersion } from '../ids.ts';

/** Head of the tensor frame that carries a request to a node. */
export const inferRequestHead = z.object({
  model: modelName,
  version: modelVersion,
  function: z.string().max(64),
  /** What is left of the deadline when the request leaves; clocks of two machines are not compared. */
  timeoutMs: z.int().min(1),
});
export type InferRequestHead = z.infer<typeof inferRequestHead>;

/** Head of the tensor frame that carries the answer: the outputs beside it, or an error without any. */
export const inferResponseHead = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    engine: z.string().max(100),
    /** Milliseconds in the node's queue, and in the engine. */
    queueMs: z.number().min(0),
    computeMs: z.number().min(0),
  }),
  z.object({ ok: z.literal(false), code: z.string().max(100), detail: z.string().max(2_000) }),
]);
export type InferResponseHead = z.infer<typeof inferResponseHead>;

export const inferCancel = z.object({ reason: z.enum(['disconnected', 'deadline']) });
export type InferCancel = z.infer<typeof inferCancel>;
