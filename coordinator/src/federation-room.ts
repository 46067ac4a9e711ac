import {
  DELEGATION,
  openEnvelope,
  SedgeError,
  type Crypto,
  type Digest,
  type KeyId,
  type ModelName,
  type NodeAddress,
  type NodeId,
  type RunId,
} from '@sedge/protocol';
import type { Bus, Clock, Log, Randomness } from '@sedge/kit';
import { startProcessHost, type ModelHost } from '@sedge/runtime';
import { BusRoundMessenger } from './broker/round-messenger.ts';
import { HostEvaluator } from './evaluation/host-evaluator.ts';
import type { Content, ModelSource } from './federation/ports.ts';
import { Rounds } from './federation/rounds.ts';
import type { Rooms } from './rooms.ts';
import type { Blobs } from './store/blobs.ts';
import type { Store } from './store/store.ts';

export interface FederationOptions {
  readonly rooms: Rooms;
  readonly store: Pick<Store, 'runs' | 'spool'>;
  readonly bus: Pick<Bus, 'publish'>;
  readonly addressOf: (node: NodeId) => NodeAddress;
  readonly crypto: Pick<Crypto, 'sha256' | 'sign' | 'verify'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly randomness: Randomness;
}

/** Federated runs with everything that they lean on: the process that evaluates, the words to nodes, the other rooms. */
export class FederationRoom {
  readonly rounds: Rounds;
  readonly #host: ModelHost;
  readonly #options: FederationOptions;
  #undo: (() => void)[] = [];

  constructor(options: FederationOptions) {
    const { addressOf, bus, clock, crypto, log, randomness, rooms, store } = options;
    this.#options = options;
    this.#host = startProcessHost({ clock, log, modelFolders: [rooms.blobs.folder] });
    const content = contentOf(rooms.blobs);
    this.rounds = new Rounds({
      clock,
      content,
      crypto,
      emit: rooms.events.emit,
      evaluator: new HostEvaluator({
        host: this.#host,
        datasets: rooms.datasets,
        content,
        pathOf: (digest) => rooms.blobs.pathOf(digest),
      }),
      fleet: rooms.fleet,
      ledger: { append: (kind, body) => rooms.ledger.append(kind, body) },
      log,
      messenger: new BusRoundMessenger({ addressOf, bus, crypto, key: rooms.identity.key }),
      models: modelSource(options),
      randomness,
      spool: store.spool,
      store: store.runs,
    });
  }

  async start(): Promise<void> {
    const { fleet, models } = this.#options.rooms;
    await this.#host.start();
    await this.rounds.start();
    this.#undo = [
      fleet.onOffline((node) => this.#hear(node, this.rounds.onOffline(node))),
      fleet.onBirthHeard((node) => this.#hear(node, this.rounds.onBirth(node))),
      fleet.onRecovered((node) => this.#hear(node, this.rounds.onBirth(node))),
      models.addUse((model) => (this.rounds.isTraining(model) ? 'an unfinished run' : undefined)),
    ];
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    await this.rounds.stop();
    await this.#host.stop();
  }

  /** Nobody waits for what comes of a node's coming and going, but it must not fail unheard. */
  #hear(node: NodeId, outcome: Promise<void>): void {
    outcome.catch((error: unknown) => this.#options.log.error('a run did not hear of a node', { node, error }));
  }
}

function contentOf(blobs: Blobs): Content {
  return {
    put: (bytes) => blobs.add([bytes]),
    get: async (digest) => new Uint8Array(await blobs.read(digest)),
  };
}

function modelSource({ clock, crypto, rooms }: FederationOptions): ModelSource {
  const { identity, models, publishers } = rooms;
  return {
    manifestOf: ({ name, version }) => models.resolve(name, version).manifest,
    obstaclesOf: ({ name, version }) => models.resolve(name, version).inspection?.reasons ?? [],
    publishedBy: models.madeBy,
    publishFromRun: (result) => models.publishFromRun(result),
    checkDelegation: (delegation, expected) => {
      const granted = openEnvelope(crypto, DELEGATION, delegation, publishers.trusted).payload;
      const nowText = new Date(clock.now()).toISOString();
      checkGrant(granted, { ...expected, keyId: identity.keyId, nowText });
    },
  };
}

interface ExpectedGrant {
  readonly run: RunId;
  readonly model: ModelName;
  readonly artifact: Digest;
  readonly keyId: KeyId;
  readonly nowText: string;
}

/** The same that nodes will ask of the result, asked before anything is trained for it. */
function checkGrant(
  granted: { run: RunId; model: ModelName; artifact: Digest; notAfter: string; delegate: { keyId: KeyId } },
  expected: ExpectedGrant,
): void {
  const isFit =
    granted.run === expected.run &&
    granted.model === expected.model &&
    granted.artifact === expected.artifact &&
    granted.delegate.keyId === expected.keyId &&
    granted.notAfter > expected.nowText;
  if (isFit) return;
  const detail = `it is for run ${granted.run}, model ${granted.model}, key ${granted.delegate.keyId.slice(0, 16)}, until ${granted.notAfter}`;
  throw new SedgeError('DELEGATION_INVALID', detail, { expose: true });
}
