import {
  channels,
  type Crypto,
  type DesiredTwin,
  encodeSigned,
  type KeyPair,
  limits,
  type ModelRef,
  type NodeAddress,
  type NodeId,
  type SignedModel,
  topicOf,
} from '@sedge/protocol';
import type { Bus } from '@sedge/kit';
import type { DesiredModel } from './desired.ts';
import type { Twin, TwinSender } from './rollouts.ts';

export interface BusTwinSenderOptions {
  readonly bus: Pick<Bus, 'publish'>;
  readonly crypto: Pick<Crypto, 'sha256' | 'sign'>;
  readonly addressOf: (node: NodeId) => NodeAddress;
  readonly key: KeyPair;
  readonly signedModelOf: (model: ModelRef) => SignedModel;
}

/** For the packet's header, its topic of five levels of at most 64 characters, and a longer version number. */
const HEADER_BYTES = 512;

/** Publishes a twin with the signed manifests of its models, signed as a whole by the coordinator. */
export class BusTwinSender implements TwinSender {
  readonly #options: BusTwinSenderOptions;

  constructor(options: BusTwinSenderOptions) {
    this.#options = options;
  }

  fits(models: readonly DesiredModel[]): boolean {
    return this.#encode({ version: 0, models }).byteLength + HEADER_BYTES <= limits.mqttPacketBytesMax;
  }

  send({ node, ...twin }: Twin): Promise<void> {
    const { bus, addressOf } = this.#options;
    const topic = topicOf(channels.desiredTwin, addressOf(node));
    return bus.publish(topic, this.#encode(twin), { qos: channels.desiredTwin.qos });
  }

  #encode({ version, models }: Omit<Twin, 'node'>): Uint8Array {
    const { crypto, key, signedModelOf } = this.#options;
    const twin = { version, models: models.map(signedModelOf), ...pinsOf(models) };
    return encodeSigned(crypto, channels.desiredTwin, twin, key);
  }
}

function pinsOf(models: readonly DesiredModel[]): Pick<DesiredTwin, 'pins'> {
  const pins = models.flatMap(({ name, version, engine }) =>
    engine === undefined ? [] : [{ model: { name, version }, engine }],
  );
  return pins.length === 0 ? {} : { pins };
}
