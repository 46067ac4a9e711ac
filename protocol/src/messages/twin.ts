import { z } from 'zod';
import { bootId } from '../ids.ts';
import { signedModel } from '../trust.ts';
import { modelStatus } from './node.ts';

/** What a node should be. Versioned per node; an older version than the one in force is dropped. */
export const desiredTwin = z.object({
  version: z.int().min(0),
  models: z.array(signedModel).max(64),
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
