import {
  addressOf,
  channels,
  type Crypto,
  encodeSigned,
  type KeyPair,
  type ModelRef,
  type ProjectId,
  type SignedModel,
  topicOf,
} from '@sedge/protocol';
import type { Bus } from '@sedge/kit';
import type { Twin } from './rollouts.ts';

export interface TwinSenderOptions {
  readonly bus: Pick<Bus, 'publish'>;
  readonly crypto: Pick<Crypto, 'sha256' | 'sign'>;
  readonly project: ProjectId;
  readonly key: KeyPair;
  readonly signedModelOf: (model: ModelRef) => SignedModel;
}

/** Publishes a twin with the signed manifests of its models, signed as a whole by the coordinator. */
export function twinSender({
  bus,
  crypto,
  project,
  key,
  signedModelOf,
}: TwinSenderOptions): (twin: Twin) => Promise<void> {
  return ({ node, version, models }) => {
    const body = { version, models: models.map(signedModelOf) };
    const payload = encodeSigned(crypto, channels.desiredTwin, body, key);
    const topic = topicOf(channels.desiredTwin, addressOf(crypto, project, node));
    return bus.publish(topic, payload, { qos: channels.desiredTwin.qos });
  };
}
