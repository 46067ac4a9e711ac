import type { EngineChoice, EngineName, ModelManifest, SedgeError, Tensor, TrustedModel } from '@sedge/protocol';

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
  /** Why it runs on that engine. */
  readonly choice: EngineChoice;
  /**
   * Throws what the model host throws: FUNCTION_NOT_FOUND, TENSOR_MISMATCH, MODEL_FAILED, MODEL_TIMEOUT, MODEL_CRASHED,
   * MODEL_OUT_OF_MEMORY, QUEUE_FULL, and MODEL_NOT_LOADED, after which it is lost.
   */
  infer(functionName: string, inputs: readonly Tensor[], options: InferOptions): Promise<Inference>;
  /** Resolves when there is no use in asking any more: the host could not open it again, or it is in quarantine. */
  readonly lost: Promise<SedgeError>;
  /** This user needs it no longer: its calls under way end first; it is unloaded with its last user. Fine twice. */
  release(): Promise<void>;
}

/** A model version that can be asked now, and what it says of itself. */
export interface ReadyModel {
  readonly manifest: ModelManifest;
  readonly model: LoadedModel;
}

/** The stages of loading that are reported. */
export type LoadStage = 'pulling' | 'loading';

export interface LoadRequest {
  /** The engine that an operator chose. */
  readonly pin?: EngineName | undefined;
  readonly signal: AbortSignal;
  readonly onStage: (stage: LoadStage) => void;
  /** So many bytes of all content of the model are here. */
  readonly onPulled: (doneBytes: number) => void;
}

/** Pulls what a manifest names and opens it. The manifest was checked before. Throws MODEL_QUARANTINED among others. */
export type LoadModel = (trusted: TrustedModel, request: LoadRequest) => Promise<LoadedModel>;
