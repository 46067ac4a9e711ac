import type { ErrorCode, FunctionSpec, ModelName, ModelRef, NodeId } from '@sedge/protocol';

/** What inference needs of published versions. */
export interface ServedModels {
  /** One version, the latest if none is named. Throws MODEL_NOT_FOUND. */
  resolve(name: ModelName, version?: number): { readonly ref: ModelRef; readonly manifest: ServedManifest };
}

export interface ServedManifest {
  readonly format: string;
  readonly functions: readonly FunctionSpec[];
}

/** What inference needs of the fleet. */
export interface ReadyFleet {
  /** Connected nodes that have this version ready. */
  readyNodes(model: ModelRef): readonly NodeId[];
  /** Whether a node has said that it takes no new work for now. */
  isShedding(node: NodeId): boolean;
  /** Versions that some connected node has ready, newest first. */
  readyVersions(name: ModelName): readonly number[];
}

/** Who counts what inference does. */
export interface InferenceObserver {
  placed(outcome: 'placed' | 'retried' | 'none' | 'full'): void;
  inflight(count: number): void;
  finished(outcome: 'ok' | ErrorCode, seconds: number): void;
}
