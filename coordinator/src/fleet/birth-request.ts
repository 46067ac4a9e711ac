import {
  channels,
  type Crypto,
  encodeSigned,
  type KeyPair,
  type NodeAddress,
  type NodeId,
  type RequestId,
  topicOf,
} from '@sedge/protocol';
import { type Bus, type Clock, newId, type Randomness } from '@sedge/kit';

export interface BirthRequestOptions {
  readonly bus: Pick<Bus, 'publish'>;
  readonly crypto: Pick<Crypto, 'sha256' | 'sign'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly addressOf: (node: NodeId) => NodeAddress;
  readonly key: KeyPair;
}

const LIFETIME_MS = 30_000;

/** Asks a node for a full birth, by a signed command. */
export function birthRequest(options: BirthRequestOptions): (node: NodeId) => Promise<void> {
  const { bus, crypto, clock, randomness, addressOf, key } = options;
  return (node) => {
    const id = newId(randomness, 'cmd') as RequestId;
    const body = { id, name: 'rebirth', expiresAt: clock.now() + LIFETIME_MS } as const;
    const topic = topicOf(channels.command, addressOf(node), { name: body.name, requestId: id });
    return bus.publish(topic, encodeSigned(crypto, channels.command, body, key), { qos: channels.command.qos });
  };
}
