import { z } from 'zod';
import { bootId } from '../ids.ts';
import { engineName, modelRef } from '../model.ts';
import { signedModel } from '../trust.ts';
import { modelStatus } from './node.ts';

/** What a node should be. Versioned per node; an older version than the one in force is dropped. */
export const desiredTwin = z.object({
  version: z.int().min(0),
  models: z.array(signedModel).max(64),
  /** Engines that an operator chose; every other model gets the one that does best on the node. */
  pins: z
    .array(z.object({ model: modelRef, engine: engineName }))
    .max(64)
    .optional(),
});
export type DesiredTwin = z.infer<typeof desiredTwin>;

/** What a node is, and which desired version it speaks of. */
export const reportedTwin = z.object({
  boot: bootId,
  version: z.int().min(0),
  at: z.int(),
  models: z.array(modelStatus).max(1_000),
});
export type ReportedTwin = z.infer<typeof reportedTwin>;
