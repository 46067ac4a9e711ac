import {
  channels,
  encodeJson,
  encodeSigned,
  topicOf,
  type Crypto,
  type KeyPair,
  type NodeAddress,
  type NodeId,
  type RoundClosed,
  type RoundOffer,
  type RunId,
  type UpdateAck,
} from '@sedge/protocol';
import type { Bus } from '@sedge/kit';
import type { RoundMessenger } from '../federation/ports.ts';

export interface BusRoundMessengerOptions {
  readonly addressOf: (node: NodeId) => NodeAddress;
  readonly bus: Pick<Bus, 'publish'>;
  readonly crypto: Pick<Crypto, 'sha256' | 'sign'>;
  /** The coordinator's own: nodes take part only in what it signed. */
  readonly key: KeyPair;
}

/** Speaks to the nodes of a round over the bus. */
export class BusRoundMessenger implements RoundMessenger {
  readonly #options: BusRoundMessengerOptions;

  constructor(options: BusRoundMessengerOptions) {
    this.#options = options;
  }

  async offer(node: NodeId, offer: RoundOffer): Promise<void> {
    const { addressOf, bus, crypto, key } = this.#options;
    const topic = topicOf(channels.roundOffer, addressOf(node), levelsOf(offer));
    await bus.publish(topic, encodeSigned(crypto, channels.roundOffer, offer, key), { qos: 1 });
  }

  async acknowledge(node: NodeId, of: { run: RunId; round: number }, ack: UpdateAck): Promise<void> {
    const topic = topicOf(channels.roundAck, this.#options.addressOf(node), levelsOf(of));
    await this.#options.bus.publish(topic, encodeJson(channels.roundAck, ack), { qos: 1 });
  }

  async close(node: NodeId, of: { run: RunId; round: number }, closed: RoundClosed): Promise<void> {
    const topic = topicOf(channels.roundClosed, this.#options.addressOf(node), levelsOf(of));
    await this.#options.bus.publish(topic, encodeJson(channels.roundClosed, closed), { qos: 1 });
  }
}

function levelsOf({ round, run }: { run: RunId; round: number }): { run: string; round: string } {
  return { run, round: String(round) };
}
