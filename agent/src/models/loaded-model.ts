import type { ModelManifest, Tensor } from '@sedge/protocol';

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
  /** Throws what the model host throws: FUNCTION_NOT_FOUND, TENSOR_MISMATCH, MODEL_FAILED, MODEL_TIMEOUT, QUEUE_FULL. */
  infer(functionName: string, inputs: readonly Tensor[], options: InferOptions): Promise<Inference>;
  /** This user needs it no longer; it is unloaded with its last user. Fine twice. */
  release(): Promise<void>;
}

/** The stages of loading that are reported. */
export type LoadStage = 'pulling' | 'loading';

/** Pulls what a manifest names and opens it. The manifest was checked before. */
export type LoadModel = (
  manifest: ModelManifest,
  onStage: (stage: LoadStage) => void,
  signal: AbortSignal,
) => Promise<LoadedModel>;
