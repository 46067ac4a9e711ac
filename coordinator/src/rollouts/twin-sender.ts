import {
  channels,
  type Crypto,
  encodeSigned,
  type KeyPair,
  type ModelRef,
  type NodeAddress,
  type NodeId,
  type SignedModel,
  topicOf,
} from '@sedge/protocol';
import type { Bus } from '@sedge/kit';
import type { Twin } from './rollouts.ts';

export interface TwinSenderOptions {
  readonly bus: Pick<Bus, 'publish'>;
  readonly crypto: Pick<Crypto, 'sha256' | 'sign'>;
  readonly addressOf: (node: NodeId) => NodeAddress;
  readonly key: KeyPair;
  readonly signedModelOf: (model: ModelRef) => SignedModel;
}

/** Publishes a twin with the signed manifests of its models, signed as a whole by the coordinator. */
export function twinSender(options: TwinSenderOptions): (twin: Twin) => Promise<void> {
  const { bus, crypto, addressOf, key, signedModelOf } = options;
  return ({ node, version, models }) => {
    const body = { version, models: models.map(signedModelOf) };
    const payload = encodeSigned(crypto, channels.desiredTwin, body, key);
    return bus.publish(topicOf(channels.desiredTwin, addressOf(node)), payload, { qos: channels.desiredTwin.qos });
  };
}
