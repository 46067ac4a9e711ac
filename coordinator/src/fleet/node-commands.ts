import {
  channels,
  type Command,
  type Crypto,
  encodeSigned,
  isErrorCode,
  type KeyPair,
  type NodeAddress,
  type NodeId,
  type RequestId,
  SedgeError,
  topicOf,
} from '@sedge/protocol';
import { type Bus, type Clock, newId, type Randomness, type Timer } from '@sedge/kit';

export interface NodeCommandsOptions {
  readonly bus: Pick<Bus, 'publish'>;
  readonly crypto: Pick<Crypto, 'sha256' | 'sign'>;
  readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly addressOf: (node: NodeId) => NodeAddress;
  readonly key: KeyPair;
}

/** What a node is told to do. */
export type NodeOrder = Pick<Command, 'name' | 'model'>;

interface Asked {
  readonly node: NodeId;
  readonly timer: Timer;
  readonly resolve: () => void;
  readonly reject: (error: SedgeError) => void;
}

const LIFETIME_MS = 30_000;
const ASKED_MAX = 1_000;

/** Signed commands to nodes, and their answers. */
export class NodeCommands {
  readonly #options: NodeCommandsOptions;
  readonly #asked = new Map<RequestId, Asked>();

  constructor(options: NodeCommandsOptions) {
    this.#options = options;
  }

  /** Does not wait for an answer. */
  tell(node: NodeId, order: NodeOrder): Promise<void> {
    return this.#send(this.#newId(), node, order);
  }

  /** Resolves when the node says that it is done. Throws NODE_LOST, OVERLOADED, and the code of a refusal. */
  ask(node: NodeId, order: NodeOrder): Promise<void> {
    if (this.#asked.size >= ASKED_MAX) {
      return Promise.reject(new SedgeError('OVERLOADED', `${ASKED_MAX} commands wait for an answer`));
    }
    const id = this.#newId();
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.setTimer(LIFETIME_MS, () =>
        this.#take(id)?.reject(new SedgeError('NODE_LOST', `no answer to the command ${order.name}`, { expose: true })),
      );
      this.#asked.set(id, { node, timer, resolve, reject });
      this.#send(id, node, order).catch((error: SedgeError) => this.#take(id)?.reject(error));
    });
  }

  /** A node answers for itself only. */
  onAccepted(node: NodeId, id: RequestId): void {
    if (this.#asked.get(id)?.node === node) this.#take(id)?.resolve();
  }

  onRejected(node: NodeId, id: RequestId, code: string): void {
    if (this.#asked.get(id)?.node !== node) return;
    this.#take(id)?.reject(new SedgeError(isErrorCode(code) ? code : 'INTERNAL', `the node refused: ${code}`));
  }

  /** Ends what waits for it with NODE_LOST. */
  onOffline(node: NodeId): void {
    for (const [id, asked] of this.#asked) {
      if (asked.node === node) this.#take(id)?.reject(new SedgeError('NODE_LOST', `${node} left`));
    }
  }

  /** Ends every wait with STOPPING. */
  stop(): void {
    for (const id of this.#asked.keys()) this.#take(id)?.reject(new SedgeError('STOPPING', 'the coordinator stops'));
  }

  #newId(): RequestId {
    return newId(this.#options.randomness, 'cmd') as RequestId;
  }

  #take(id: RequestId): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    asked?.timer.cancel();
    return asked;
  }

  #send(id: RequestId, node: NodeId, order: NodeOrder): Promise<void> {
    const { bus, crypto, clock, addressOf, key } = this.#options;
    const body: Command = { id, ...order, expiresAt: clock.now() + LIFETIME_MS };
    const topic = topicOf(channels.command, addressOf(node), { name: body.name, requestId: id });
    return bus.publish(topic, encodeSigned(crypto, channels.command, body, key), { qos: channels.command.qos });
  }
}
