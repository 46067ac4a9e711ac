import {
  chunkFrames,
  digestOf,
  encodeSafetensors,
  encodeTensorFrame,
  float32Tensor,
  newStreamId,
  runPlan,
  type Digest,
  type ModelManifest,
  type ModelRef,
  type NodeId,
  type RoundClosed,
  type RoundOffer,
  type RunId,
  type RunPlan,
  type RunPlanInput,
  SedgeError,
  type TrainingObstacle,
  type UpdateAck,
  type UpdateHead,
} from '@sedge/protocol';
import { nodeCrypto, seededRandomness, silentLog } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import type { Evaluator, UpdateOf } from '../../../src/federation/ports.ts';
import { Rounds } from '../../../src/federation/rounds.ts';
import type { RunEvent } from '../../../src/federation/run-state.ts';
import type { StoredRun } from '../../../src/federation/ports.ts';

/** Two parameters, so that every expected number can be worked out by hand. */
export const PARAMETERS = [{ name: 'w', shape: [2] }];
export const START_WEIGHTS = [1, -1];

export function planOf(overrides: Partial<RunPlanInput> = {}): RunPlan {
  return runPlan.parse({
    model: { name: 'tiny', version: 1 },
    dataset: 'tiny',
    rounds: 2,
    local: { epochs: 1, batchSize: 1, learningRate: 0.1 },
    roundTimeoutMs: 10_000,
    ...overrides,
  });
}

/** What survives a restart. */
export class Disk {
  readonly runs = new Map<RunId, { run: StoredRun; events: RunEvent[] }>();
  readonly blobs = new Map<Digest, Uint8Array>();
  readonly spool = new Map<string, Uint8Array>();
  readonly releases = new Map<string, Digest>();
  readonly ledger: { kind: string; body: Readonly<Record<string, unknown>> }[] = [];
  isFull = false;
  isModelGone = false;
  /** What the model says of itself, over what it says otherwise. */
  manifest: Partial<ModelManifest> = {};
  obstacles: TrainingObstacle[] = [];
  published: ModelRef | undefined;
  /** What publishing waits for, or fails with. */
  publish: () => Promise<void> = () => Promise.resolve();

  write<Result>(step: () => Result): Promise<Result> {
    if (this.isFull) return Promise.reject(new SedgeError('STATE_UNREADABLE', 'the disk is full'));
    return Promise.resolve(step());
  }
}

/** A `Rounds` over real rounds and sums; only the edges (disk, bus, fleet, evaluation) are ours. */
export class RoundsHarness {
  readonly clock = fakeClock();
  readonly offers: { node: NodeId; offer: RoundOffer }[] = [];
  readonly acks: { node: NodeId; ack: UpdateAck }[] = [];
  readonly closed: { node: NodeId; round: number; closed: RoundClosed }[] = [];
  readonly online: Set<NodeId>;
  readonly shedding = new Set<NodeId>();
  readonly rounds: Rounds;
  readonly disk: Disk;
  /** What hears of every event. */
  onEvent: (kind: string, data: Readonly<Record<string, unknown>>) => void = () => undefined;
  /** What the coordinator's own data set says of weights. */
  evaluate: Evaluator['evaluate'] = () => Promise.resolve({ accuracy: 0.5, loss: 1 });

  constructor(nodes: readonly NodeId[], disk = new Disk()) {
    this.disk = disk;
    this.online = new Set(nodes);
    const weights = this.#keep(encodeSafetensors([float32Tensor('w', [2], START_WEIGHTS)]));
    const manifest = manifestOf(weights);
    this.rounds = new Rounds({
      clock: this.clock,
      crypto: nodeCrypto,
      emit: (kind, _, data) => this.onEvent(kind, data),
      log: silentLog,
      randomness: seededRandomness('rounds'),
      store: {
        create: (run) => disk.write(() => void disk.runs.set(run.id, { run, events: [] })),
        append: (run, events) => disk.write(() => void disk.runs.get(run)?.events.push(...structuredClone(events))),
        load: () => Promise.resolve([...disk.runs.values()]),
      },
      spool: {
        put: (of, bytes) => disk.write(() => (disk.spool.set(keyOf(of), bytes.slice()), digestOf(nodeCrypto, bytes))),
        get: (of) => Promise.resolve(new Uint8Array(disk.spool.get(keyOf(of)) ?? [])),
        releaseOf: (run, round) => Promise.resolve(disk.releases.get(`${run}/${round}`)),
        keepRelease: (run, round, weights) => disk.write(() => void disk.releases.set(`${run}/${round}`, weights)),
        clear: (run, round) => {
          for (const key of disk.spool.keys()) if (key.startsWith(`${run}/${round}/`)) disk.spool.delete(key);
          return Promise.resolve();
        },
      },
      content: {
        put: (bytes) => Promise.resolve({ digest: this.#keep(bytes), sizeBytes: bytes.byteLength }),
        get: (digest) => Promise.resolve(new Uint8Array(disk.blobs.get(digest) ?? [])),
      },
      models: {
        manifestOf: () => {
          if (disk.isModelGone) throw new SedgeError('MODEL_NOT_FOUND', 'tiny@1');
          return { ...manifest, ...disk.manifest };
        },
        obstaclesOf: () => disk.obstacles,
        publishedBy: () => disk.published,
        publishFromRun: async ({ name }) => {
          await disk.publish();
          return (disk.published = { name, version: 2 });
        },
        checkDelegation: () => undefined,
      },
      fleet: {
        nodesHolding: () => nodes,
        idOf: (name) => {
          const found = nodes.find((node) => node === name);
          if (found === undefined) throw new SedgeError('NODE_NOT_FOUND', name);
          return found;
        },
        isOnline: (node) => this.online.has(node),
        isShedding: (node) => this.shedding.has(node),
        examplesOf: () => 10,
      },
      messenger: {
        offer: (node, offer) => Promise.resolve(void this.offers.push({ node, offer })),
        acknowledge: (node, _, ack) => Promise.resolve(void this.acks.push({ node, ack })),
        close: (node, { round }, closed) => Promise.resolve(void this.closed.push({ node, round, closed })),
      },
      evaluator: { check: () => undefined, evaluate: (input) => this.evaluate(input) },
      ledger: { append: (kind, body) => disk.write(() => void disk.ledger.push({ kind, body })) },
    });
  }

  /** Sends a whole update as one chunk and gives the acknowledgement. */
  async update(
    node: NodeId,
    of: { run: RunId; round: number },
    delta: readonly number[],
    head: Partial<UpdateHead> = {},
  ) {
    const bytes = encodeTensorFrame({ attempt: 1, examples: 1, ...head }, [
      float32Tensor('delta', [delta.length], delta),
    ]);
    const stream = newStreamId(nodeCrypto);
    for (const frame of chunkFrames(nodeCrypto, { stream, encoding: 'tensorFrame', bytes })) {
      await this.rounds.onUpdateChunk(node, of, frame);
    }
    return this.acks.at(-1)?.ack;
  }

  /** Lets everything that needs no time happen. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await this.clock.advance(0);
  }

  weightsOf(digest: Digest | undefined): number[] {
    const file = (digest && this.disk.blobs.get(digest)) ?? new Uint8Array(8);
    const header = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    return [...new Float32Array(file.slice(8 + header).buffer)];
  }

  #keep(bytes: Uint8Array): Digest {
    const digest = digestOf(nodeCrypto, bytes);
    this.disk.blobs.set(digest, bytes);
    return digest;
  }
}

function keyOf({ node, round, run }: UpdateOf): string {
  return `${run}/${round}/${node}`;
}

function manifestOf(weights: Digest): ModelManifest {
  return {
    schema: 'sedge.model/v1',
    name: 'tiny' as ModelManifest['name'],
    version: 1,
    format: 'component',
    artifact: { digest: `sha256:${'a'.repeat(64)}` as Digest, sizeBytes: 1 },
    weights: { digest: weights, sizeBytes: 1 },
    functions: [{ name: 'infer', inputs: [], outputs: [] }],
    parameters: PARAMETERS,
    createdAt: '2026-11-22T12:00:00Z',
  };
}
