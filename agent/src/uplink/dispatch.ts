import type { BusMessage, Log } from '@sedge/kit';
import {
  channels,
  decodeJson,
  decodeSigned,
  digestHex,
  parseTopic,
  runId,
  SedgeError,
  type Command,
  type Crypto,
  type DesiredTwin,
  type DigestHex,
  type NodeId,
  type ParsedTopic,
  type RoundClosed,
  type RoundOffer,
  type TrustedKeys,
  type UpdateAck,
} from '@sedge/protocol';
import type { RoundRef } from './outbox.ts';

/** What a node can be told, decoded; whatever is signed was checked. */
export interface DownHandlers {
  twin(desired: DesiredTwin, bytes: Uint8Array): void | Promise<void>;
  command(command: Command): void | Promise<void>;
  /** One frame of a request. */
  inferFrame(requestId: string, frame: Uint8Array): void | Promise<void>;
  inferCancel(requestId: string): void;
  offer(offer: RoundOffer): void | Promise<void>;
  ack(round: RoundRef, ack: UpdateAck): void;
  closed(round: RoundRef, closed: RoundClosed): void;
  blobChunk(digest: DigestHex, frame: Uint8Array): void;
  blobRefused(digest: DigestHex, code: string): void;
}

export interface DispatchOptions {
  readonly node: NodeId;
  readonly crypto: Pick<Crypto, 'verify'>;
  /** The pinned coordinator: twins, commands and offers of anybody else are refused. */
  readonly coordinatorKeys: TrustedKeys;
  readonly handlers: DownHandlers;
  readonly log: Log;
}

/** Takes what arrives under `down/`. A message that is wrong is logged and changes nothing. */
export class Dispatch {
  readonly #options: DispatchOptions;

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  async take({ topic, payload }: Pick<BusMessage, 'topic' | 'payload'>): Promise<void> {
    try {
      const parsed = parseTopic(topic);
      if (parsed?.node !== this.#options.node) throw new SedgeError('BUS_TOPIC_INVALID', `${topic} is not for us`);
      await this.#route(parsed, payload);
    } catch (error) {
      this.#options.log.warn('a message was refused', { topic, error });
    }
  }

  #route({ channel, parameters }: ParsedTopic, payload: Uint8Array): void | Promise<void> {
    const { crypto, coordinatorKeys, handlers } = this.#options;
    switch (channel) {
      case 'desiredTwin':
        return handlers.twin(decodeSigned(crypto, channels.desiredTwin, payload, coordinatorKeys), payload);
      case 'command':
        return handlers.command(this.#command(parameters, payload));
      case 'inferRequest':
        return handlers.inferFrame(parameters['requestId'] ?? '', payload);
      case 'inferCancel':
        return handlers.inferCancel(parameters['requestId'] ?? '');
      case 'roundOffer':
        return handlers.offer(this.#offer(parameters, payload));
      case 'roundAck':
        return handlers.ack(roundOf(parameters), decodeJson(channels.roundAck, payload));
      case 'roundClosed':
        return handlers.closed(roundOf(parameters), decodeJson(channels.roundClosed, payload));
      case 'blobChunk':
        return handlers.blobChunk(digestHex.parse(parameters['digest']), payload);
      case 'blobRefused':
        return handlers.blobRefused(
          digestHex.parse(parameters['digest']),
          decodeJson(channels.blobRefused, payload).code,
        );
      case 'state':
      case 'heartbeat':
      case 'birth':
      case 'reportedTwin':
      case 'commandAccepted':
      case 'commandRejected':
      case 'inferResponse':
      case 'roundAnswer':
      case 'roundProgress':
      case 'roundUpdate':
      case 'blobRequest':
        throw new SedgeError('BUS_TOPIC_INVALID', `nodes are told nothing on ${channels[channel].path}`);
    }
  }

  /** The body is signed and the topic is not, so the two must say the same. */
  #command(parameters: ParsedTopic['parameters'], payload: Uint8Array): Command {
    const { crypto, coordinatorKeys } = this.#options;
    const command = decodeSigned(crypto, channels.command, payload, coordinatorKeys);
    if (command.id === parameters['requestId'] && command.name === parameters['name']) return command;
    throw new SedgeError('SIGNATURE_INVALID', 'the signed command is another one than its topic says');
  }

  #offer(parameters: ParsedTopic['parameters'], payload: Uint8Array): RoundOffer {
    const { crypto, coordinatorKeys } = this.#options;
    const offer = decodeSigned(crypto, channels.roundOffer, payload, coordinatorKeys);
    const round = roundOf(parameters);
    if (offer.run === round.run && offer.round === round.round) return offer;
    throw new SedgeError('SIGNATURE_INVALID', 'the signed offer is for another round than its topic says');
  }
}

function roundOf(parameters: ParsedTopic['parameters']): RoundRef {
  return { run: runId.parse(parameters['run']), round: Number(parameters['round']) };
}
