import { z } from 'zod';
import { bootId, datasetName, modelName, modelVersion, requestId } from '../ids.ts';
import { MODEL_FORMATS, modelRef } from '../model.ts';

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

/** A pull under way. */
export const pullProgress = z.object({
  doneBytes: bytes,
  totalBytes: bytes,
  /** Over the last seconds; absent before anything came. */
  bytesPerS: bytes.optional(),
  secondsLeft: z.number().min(0).optional(),
});
export type PullProgress = z.infer<typeof pullProgress>;

/** How one engine did with a model on this node. */
export const engineProbe = z.object({
  engine: z.string().max(100),
  /** Execution provider: cpu, cuda, tensorrt, webgpu, wasm. */
  provider: z.string().max(50),
  /** Median time of one run; absent when it failed. */
  medianMs: z.number().min(0).optional(),
  error: z.object({ code: z.string().max(100), detail: z.string().max(500) }).optional(),
});
export type EngineProbe = z.infer<typeof engineProbe>;

/** Why a model runs on the engine that it runs on. */
export const engineChoice = z.object({
  engine: z.string().max(100),
  provider: z.string().max(50),
  /** `only`: nothing else can run it; `pinned`: an operator said so; `fastest`: measured, see `probes`. */
  reason: z.enum(['only', 'pinned', 'fastest']),
  probes: z.array(engineProbe).max(16),
});
export type EngineChoice = z.infer<typeof engineChoice>;

/** One desired model, as it stands on the node. */
export const modelStatus = z.object({
  name: modelName,
  version: modelVersion,
  state: z.enum(MODEL_STATES),
  engine: z.string().max(100).optional(),
  choice: engineChoice.optional(),
  progress: pullProgress.optional(),
  /** MODEL_QUARANTINED is lifted by the command `release`; other failures by another twin. */
  error: z.object({ code: z.string().max(100), detail: z.string().max(2_000) }).optional(),
});
export type ModelStatus = z.infer<typeof modelStatus>;

/** What the board can tell of itself; what it cannot is left out. */
export const resources = z.object({
  cpu: z.object({
    cores: z.int().min(1),
    usedFraction: z.number().min(0).max(1).optional(),
    /** The part that the agent's own process used; its model hosts are processes of their own. */
    processFraction: z.number().min(0).max(1).optional(),
    load1: z.number().min(0),
  }),
  memory: z.object({ totalBytes: bytes, availableBytes: bytes, processBytes: bytes }),
  disk: z.object({ totalBytes: bytes, freeBytes: bytes }).optional(),
  gpu: z.object({ name: z.string().max(200), usedFraction: z.number().min(0).max(1).optional() }).optional(),
  temperatureC: z.number().optional(),
  /** Whether the board slows itself down at this moment, and what for: `heat`, `under-voltage`, `power`, `frequency-cap`. */
  throttling: z.object({ active: z.boolean(), reasons: z.array(z.string().max(50)).max(16) }).optional(),
  battery: z.object({ chargeFraction: z.number().min(0).max(1), discharging: z.boolean() }).optional(),
  /** What the board draws. */
  powerW: z.number().min(0).optional(),
  uptimeS: z.number().min(0),
});
export type Resources = z.infer<typeof resources>;

/** Why a node takes no new work for now. */
export const SHEDDING_REASONS = ['hot', 'battery'] as const;
export type SheddingReason = (typeof SHEDDING_REASONS)[number];

/** `seq` counts from 0 per boot: a gap makes the coordinator ask for a full birth. */
export const heartbeat = z.object({
  boot: bootId,
  seq: z.int().min(0),
  at: z.int(),
  resources,
  engines: z.array(z.string().max(100)).max(16),
  models: z.array(z.object({ name: modelName, version: modelVersion, state: z.enum(MODEL_STATES) })).max(1_000),
  queue: z.object({ inference: z.int().min(0), training: z.int().min(0) }),
  /** Present while the node sheds load. */
  shedding: z.enum(SHEDDING_REASONS).optional(),
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
      z.object({
        name: z.string().max(100),
        version: z.string().max(50),
        formats: z.array(z.enum(MODEL_FORMATS)),
        /** Why it cannot be used here; absent for one that can. */
        absent: z.string().max(500).optional(),
      }),
    )
    .max(16),
  datasets: z.array(heldDataset).max(1_000),
  models: z.array(modelStatus).max(1_000),
});
export type Birth = z.infer<typeof birth>;

/**
 * Commands of the coordinator; `expiresAt` so that a late one does nothing. `release` lifts the quarantine of the model
 * that it names.
 */
export const command = z.object({
  id: requestId,
  name: z.enum(['rebirth', 'release']),
  expiresAt: z.int(),
  model: modelRef.optional(),
});
export type Command = z.infer<typeof command>;

export const commandAccepted = z.object({ id: requestId, at: z.int() });
export const commandRejected = z.object({ id: requestId, at: z.int(), code: z.string().max(100) });
