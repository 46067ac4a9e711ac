import { z } from 'zod';
import { bootId, datasetName, modelName, modelVersion, requestId } from '../ids.ts';
import { MODEL_FORMATS } from '../model.ts';

const bytes = z.number().min(0);

/** Retained, and the last will with `online: false` and the same boot id, so that a stale will is ignored. */
export const nodeState = z.object({
  online: z.boolean(),
  boot: bootId,
  /** Version of the agent. */
  agent: z.string().max(50),
  at: z.int(),
});
export type NodeState = z.infer<typeof nodeState>;

export const MODEL_STATES = ['pending', 'pulling', 'loading', 'ready', 'failed'] as const;

/** One desired model, as it stands on the node. */
export const modelStatus = z.object({
  name: modelName,
  version: modelVersion,
  state: z.enum(MODEL_STATES),
  engine: z.string().max(100).optional(),
  error: z.object({ code: z.string().max(100), detail: z.string().max(2_000) }).optional(),
});
export type ModelStatus = z.infer<typeof modelStatus>;

/** What the board can tell of itself; what it cannot is left out. */
export const resources = z.object({
  cpu: z.object({ cores: z.int().min(1), usedFraction: z.number().min(0).max(1).optional(), load1: z.number().min(0) }),
  memory: z.object({ totalBytes: bytes, availableBytes: bytes, processBytes: bytes }),
  disk: z.object({ totalBytes: bytes, freeBytes: bytes }).optional(),
  gpu: z.object({ name: z.string().max(200), usedFraction: z.number().min(0).max(1).optional() }).optional(),
  temperatureC: z.number().optional(),
  uptimeS: z.number().min(0),
});
export type Resources = z.infer<typeof resources>;

/** `seq` counts from 0 per boot: a gap makes the coordinator ask for a full birth. */
export const heartbeat = z.object({
  boot: bootId,
  seq: z.int().min(0),
  at: z.int(),
  resources,
  engines: z.array(z.string().max(100)).max(16),
  models: z.array(z.object({ name: modelName, version: modelVersion, state: z.enum(MODEL_STATES) })).max(1_000),
  queue: z.object({ inference: z.int().min(0), training: z.int().min(0) }),
});
export type Heartbeat = z.infer<typeof heartbeat>;

export const heldDataset = z.object({
  name: datasetName,
  examples: z.int().min(0),
  featureShape: z.array(z.int().min(1)).max(16),
  classes: z.int().min(0),
});
export type HeldDataset = z.infer<typeof heldDataset>;

/** All that a node can do; sent after every connect and on request. */
export const birth = z.object({
  boot: bootId,
  at: z.int(),
  agent: z.string().max(50),
  platform: z.object({
    os: z.string().max(200),
    arch: z.string().max(50),
    nodeVersion: z.string().max(50),
    cpuModel: z.string().max(200),
    board: z.string().max(200).optional(),
  }),
  resources,
  engines: z
    .array(
      z.object({ name: z.string().max(100), version: z.string().max(50), formats: z.array(z.enum(MODEL_FORMATS)) }),
    )
    .max(16),
  datasets: z.array(heldDataset).max(1_000),
  models: z.array(modelStatus).max(1_000),
});
export type Birth = z.infer<typeof birth>;

/** Commands of the coordinator; `expiresAt` so that a late one does nothing. */
export const command = z.object({ id: requestId, name: z.enum(['rebirth']), expiresAt: z.int() });
export type Command = z.infer<typeof command>;

export const commandAccepted = z.object({ id: requestId, at: z.int() });
export const commandRejected = z.object({ id: requestId, at: z.int(), code: z.string().max(100) });
