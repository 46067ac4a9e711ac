import type { ModelManifest, SedgeError, Tensor } from '@sedge/protocol';

export interface InferOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Inference {
  readonly outputs: readonly Tensor[];
  readonly queueMs: number;
  readonly computeMs: number;
}

/** A model version that is ready to answer. */
export interface LoadedModel {
  readonly engine: string;
  /**
   * Throws what the model host throws: FUNCTION_NOT_FOUND, TENSOR_MISMATCH, MODEL_FAILED, MODEL_TIMEOUT, QUEUE_FULL, and
   * MODEL_NOT_LOADED, after which it is lost.
   */
  infer(functionName: string, inputs: readonly Tensor[], options: InferOptions): Promise<Inference>;
  /** Resolves when the host has it no longer: it crashed, and could not open it again. Only loading it anew helps. */
  readonly lost: Promise<SedgeError>;
  /** This user needs it no longer; it is unloaded with its last user. Fine twice. */
  release(): Promise<void>;
}

/** A model version that can be asked now, and what it says of itself. */
export interface ReadyModel {
  readonly manifest: ModelManifest;
  readonly model: LoadedModel;
}

/** The stages of loading that are reported. */
export type LoadStage = 'pulling' | 'loading';

/** Pulls what a manifest names and opens it. The manifest was checked before. */
export type LoadModel = (
  manifest: ModelManifest,
  onStage: (stage: LoadStage) => void,
  signal: AbortSignal,
) => Promise<LoadedModel>;
