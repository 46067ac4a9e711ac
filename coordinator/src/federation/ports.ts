import type {
  ContentRef,
  DatasetName,
  Digest,
  Envelope,
  ModelManifest,
  ModelRef,
  NodeId,
  RoundClosed,
  RoundOffer,
  RunId,
  RunPlan,
  TrainingObstacle,
  UpdateAck,
} from '@sedge/protocol';
import type { RunEvent } from './run-state.ts';
import type { Metrics } from './round-state.ts';

/** What federated runs need of the rest of the coordinator. */

/** A run as it was asked for; everything else follows from its events. */
export interface StoredRun {
  readonly id: RunId;
  readonly plan: RunPlan;
  readonly createdAt: number;
  /** Of the publisher, for publishing the result. */
  readonly delegation?: Envelope;
}

export interface RunStore {
  /** Durable when it resolves. Throws RUN_EXISTS. */
  create(run: StoredRun): Promise<void>;
  /** Appends in this order, all or nothing; durable when it resolves. */
  append(run: RunId, events: readonly RunEvent[]): Promise<void>;
  /** Every run with its events, oldest first. */
  load(): Promise<{ readonly run: StoredRun; readonly events: readonly RunEvent[] }[]>;
}

/** Updates of open rounds: kept until the round is recorded, then deleted, because they are somebody's. */
export interface UpdateSpool {
  /** Durable when it resolves. A second update of the same node and round takes the place of the first. */
  put(of: UpdateOf, bytes: Uint8Array): Promise<Digest>;
  /** Throws BLOB_NOT_FOUND, DIGEST_MISMATCH. */
  get(of: UpdateOf, digest: Digest): Promise<Uint8Array<ArrayBuffer>>;
  /** The weights that were made of a round, as kept by `keepRelease`. */
  releaseOf(run: RunId, round: number): Promise<Digest | undefined>;
  /** Durable when it resolves. */
  keepRelease(run: RunId, round: number, weights: Digest): Promise<void>;
  /** Deletes all updates of a round and the note of its release; fine twice. */
  clear(run: RunId, round: number): Promise<void>;
}

export interface UpdateOf {
  readonly run: RunId;
  readonly round: number;
  readonly node: NodeId;
}

/** Content by digest. */
export interface Content {
  put(bytes: Uint8Array): Promise<ContentRef>;
  /** Throws BLOB_NOT_FOUND. */
  get(digest: Digest): Promise<Uint8Array<ArrayBuffer>>;
}

export interface ModelSource {
  /** The manifest of a published version. Throws MODEL_NOT_FOUND. */
  manifestOf(model: ModelRef): ModelManifest;
  /** Why a version cannot be trained, as far as its file was looked into. */
  obstaclesOf(model: ModelRef): readonly TrainingObstacle[];
  /** What a run of this id has published already. */
  publishedBy(run: RunId): ModelRef | undefined;
  /** Throws DELEGATION_INVALID and what opening a signed envelope throws. */
  checkDelegation(
    delegation: Envelope,
    expected: { readonly run: RunId; readonly model: ModelRef['name']; readonly artifact: Digest },
  ): void;
  /** Publishes new weights for the code of the base, as the next version of the name. */
  publishFromRun(result: {
    readonly run: RunId;
    readonly rounds: number;
    readonly base: ModelRef;
    readonly name: ModelRef['name'];
    readonly weights: ContentRef;
    readonly delegation: Envelope;
  }): Promise<ModelRef>;
}

export interface Fleet {
  /** Enrolled nodes that hold the data set by their last word, in a fixed order. */
  nodesHolding(dataset: DatasetName): readonly NodeId[];
  /** Throws NODE_NOT_FOUND for what is neither a name nor an id. */
  idOf(nameOrId: string): NodeId;
  isOnline(node: NodeId): boolean;
  /** Whether the node says that it takes no work for now. */
  isShedding(node: NodeId): boolean;
  /** How many examples the node's own birth says that it holds. */
  examplesOf(node: NodeId, dataset: DatasetName): number;
}

/** Speaks to nodes. Nothing is promised of delivery: answers and deadlines decide. */
export interface RoundMessenger {
  offer(node: NodeId, offer: RoundOffer): Promise<void>;
  acknowledge(node: NodeId, of: { run: RunId; round: number }, ack: UpdateAck): Promise<void>;
  close(node: NodeId, of: { run: RunId; round: number }, closed: RoundClosed): Promise<void>;
}

export interface Evaluator {
  /** Throws DATASET_NOT_FOUND where the coordinator holds no such data set. */
  check(dataset: DatasetName): void;
  evaluate(input: {
    readonly manifest: ModelManifest;
    /** The digest of the artifact for a version that carries its own. */
    readonly weights: Digest;
    readonly dataset: DatasetName;
  }): Promise<Metrics>;
}

/** What takes effect is written here first. */
export interface RunLedger {
  append(
    kind: 'run.created' | 'round.released' | 'run.ended',
    body: Readonly<Record<string, unknown>>,
  ): Promise<unknown>;
}
