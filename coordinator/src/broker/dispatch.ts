import {
  asSedgeError,
  channels,
  type BodyOf,
  type Channel,
  type ChannelName,
  type Channels,
  type Crypto,
  decodeJson,
  everyUpTopic,
  limits,
  type NodeAddress,
  type NodeId,
  type Parameters,
  parseTopic,
  type ParsedTopic,
  type ProjectId,
  SedgeError,
  type Shard,
  shardOf,
} from '@sedge/protocol';
import { type Bus, type BusMessage, type Log, RecentMap, type Subscription } from '@sedge/kit';
import { Lanes } from './lanes.ts';
import type { BrokerObserver } from './observer.ts';

/** The channels on which nodes speak. */
export type UpChannelName = {
  [Name in ChannelName]: Channels[Name]['path'] extends `up/${string}` ? Name : never;
}[ChannelName];

type PathOf<Name extends ChannelName> = Channels[Name]['path'];

/** One message of a node: the decoded JSON, or for a stream of chunks one frame of it, which the handler may keep. */
export interface UpMessage<Name extends UpChannelName> {
  readonly from: NodeAddress;
  readonly parameters: Parameters<PathOf<Name>>;
  readonly body: Channels[Name]['payload'] extends { kind: 'chunks' } ? Uint8Array : BodyOf<Channels[Name]>;
}

/** One handler for each channel on which nodes speak. Messages of one node reach them one after another. */
export type UpHandlers = {
  readonly [Name in UpChannelName]: (message: UpMessage<Name>) => void | Promise<void>;
};

export interface DispatchOptions {
  readonly bus: Pick<Bus, 'subscribe'>;
  readonly project: ProjectId;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly handlers: UpHandlers;
  readonly observer: Pick<BrokerObserver, 'message'>;
  readonly log: Log;
}

/** A node that sends faster than it is heard loses what exceeds this, and repeats what it needs acknowledged. */
const WAITING_PER_LANE_MAX = 1_024;

type AnyHandler = (message: { from: NodeAddress; parameters: unknown; body: unknown }) => void | Promise<void>;

/** Hears all that nodes say, decodes it by its channel and hands it to the domain. A bad message harms nobody else. */
export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #lanes: Lanes;
  /** A hash for every message would be a twentieth of the work on a heartbeat. */
  readonly #shards = new RecentMap<NodeId, Shard>(limits.brokerConnectionsMax);
  #subscription: Promise<Subscription> | undefined;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#lanes = new Lanes(WAITING_PER_LANE_MAX, () => undefined);
  }

  async start(): Promise<void> {
    const { bus, project } = this.#options;
    this.#subscription ??= bus.subscribe(everyUpTopic(project), (message) => this.take(message));
    await this.#subscription;
  }

  async stop(): Promise<void> {
    await (await this.#subscription)?.end();
    this.#subscription = undefined;
  }

  /** Handles one message; whatever is wrong with it is logged and counted. */
  take(message: Pick<BusMessage, 'topic' | 'payload'>): void {
    const topic = parseTopic(message.topic);
    try {
      const { name, from } = this.#origin(message.topic, topic);
      this.#enqueue(name, from, topic?.parameters, message.payload);
    } catch (error) {
      this.#failed(topic?.channel ?? 'unknown', message.topic, error);
    }
  }

  #origin(text: string, topic: ParsedTopic | undefined): { name: UpChannelName; from: NodeAddress } {
    if (topic === undefined || !isUp(topic.channel)) throw new SedgeError('BUS_TOPIC_INVALID', `${text} is no channel`);
    const { node, project, shard } = topic;
    if (project !== this.#options.project || shard !== this.#shardOf(node)) {
      throw new SedgeError('BUS_TOPIC_INVALID', `node ${node} is not of project ${project} and shard ${shard}`);
    }
    return { name: topic.channel, from: { node, project, shard } };
  }

  #shardOf(node: NodeId): Shard {
    return this.#shards.getOrMake(node, () => shardOf(this.#options.crypto, node));
  }

  /**
   * Each kind of conversation has its own lane: an answer to somebody who waits does not queue behind an update that
   * is being stored, while what belongs together keeps its order.
   */
  #enqueue(name: UpChannelName, from: NodeAddress, parameters: unknown, payload: Uint8Array): void {
    const handle = this.#options.handlers[name] as AnyHandler;
    const body = bodyOf(name, payload);
    const lane = `${from.node}/${conversationOf(name)}`;
    const task = async (): Promise<void> => {
      try {
        await handle({ from, parameters, body });
        this.#options.observer.message(name, 'ok');
      } catch (error) {
        this.#failed(name, from.node, error);
      }
    };
    if (this.#lanes.run(lane, task)) return;
    throw new SedgeError('OVERLOADED', `${WAITING_PER_LANE_MAX} messages of ${lane} wait already`);
  }

  #failed(channel: string, where: string, cause: unknown): void {
    const error = asSedgeError(cause);
    this.#options.observer.message(channel, error.code);
    this.#options.log.warn('a message of a node was not handled', { channel, where, error });
  }
}

function isUp(name: ChannelName): name is UpChannelName {
  return channels[name].path.startsWith('up/');
}

/** Frames are copied: the network's buffer is used again while a message waits in its lane. */
function bodyOf(name: UpChannelName, payload: Uint8Array): unknown {
  const declared: Channel = channels[name];
  if (declared.payload.kind === 'json') return decodeJson({ ...declared, payload: declared.payload }, payload);
  return new Uint8Array(payload);
}

function conversationOf(name: UpChannelName): string {
  const [, second = ''] = channels[name].path.split('/');
  return ['infer', 'train', 'blob'].includes(second) ? second : 'presence';
}
