import { SedgeError } from '@sedge/protocol';
import type { Log } from '../log.ts';
import type { Bus, BusHandler, PublishOptions, Subscription } from './bus.ts';
import { ConnectionListeners } from './connection-listeners.ts';
import { deliver, plainView } from './delivery.ts';
import { filterLevels } from './topics.ts';
import { type BacklogBounds, type UnsentMessage, UnsentMessages } from './unsent-messages.ts';

/** What this needs of a broker in the same process; an instance of aedes fits. */
export interface EmbeddedBroker {
  publish(packet: EmbeddedPacket, done: (error?: Error | null) => void): void;
  subscribe(filter: string, take: TakePacket, done: () => void): void;
  unsubscribe(filter: string, take: TakePacket, done: () => void): void;
}

export interface EmbeddedPacket {
  readonly cmd: 'publish';
  topic: string;
  payload: Buffer;
  qos: 0 | 1;
  retain: boolean;
  dup: boolean;
}

export type TakePacket = (packet: { topic: string; payload: Buffer | string }, done: () => void) => void;

/** A coordinator speaks to all of its nodes at once. */
const BACKLOG: BacklogBounds = { messagesMax: 65_536, bytesMax: 256 * 1024 * 1024 };

/** A bus over a broker in this process. It hears no retained messages from before a subscription. */
export function inProcessBus(broker: EmbeddedBroker, log: Log, backlog: BacklogBounds = BACKLOG): Bus {
  return new InProcessBus(broker, log, backlog);
}

class InProcessBus implements Bus {
  readonly #broker: EmbeddedBroker;
  readonly #log: Log;
  readonly #unsent: UnsentMessages;
  readonly #listeners: ConnectionListeners;
  readonly #subscriptions = new Set<Subscription>();

  constructor(broker: EmbeddedBroker, log: Log, backlog: BacklogBounds) {
    this.#broker = broker;
    this.#log = log;
    this.#unsent = new UnsentMessages(backlog);
    this.#listeners = new ConnectionListeners(log);
  }

  get connected(): boolean {
    return this.#listeners.connected;
  }

  start(): Promise<void> {
    this.#listeners.set(true);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#listeners.set(false);
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.end()));
    this.#unsent.refuseAll(new SedgeError('BUS_CLOSED', 'the bus was stopped'));
  }

  onConnectionChange(listener: (connected: boolean) => void): () => void {
    return this.#listeners.add(listener);
  }

  async publish(topic: string, payload: Uint8Array | string, options: PublishOptions): Promise<void> {
    this.#checkOpen();
    const { message, settled } = this.#unsent.add(topic, payload, options);
    this.#broker.publish(packetOf(message), (error) => {
      if (error instanceof Error) {
        this.#unsent.refuse(message, new SedgeError('INTERNAL', `the broker did not take ${topic}`, { cause: error }));
      } else {
        this.#unsent.sent(message);
      }
    });
    await settled;
  }

  async subscribe(filter: string, handler: BusHandler): Promise<Subscription> {
    this.#checkOpen();
    filterLevels(filter);
    let isLive = true;
    const take: TakePacket = ({ topic, payload }, done) => {
      // The broker's own topics begin with $; in process it hands them to wildcards too.
      if (isLive && !topic.startsWith('$')) {
        deliver(handler, { topic, payload: bytesOf(payload), retain: false }, this.#log);
      }
      done();
    };
    const subscription: Subscription = {
      end: async () => {
        if (!isLive) return;
        isLive = false;
        this.#subscriptions.delete(subscription);
        await new Promise<void>((resolve) => {
          this.#broker.unsubscribe(filter, take, resolve);
        });
      },
    };
    this.#subscriptions.add(subscription);
    await new Promise<void>((resolve) => {
      this.#broker.subscribe(filter, take, resolve);
    });
    return subscription;
  }

  #checkOpen(): void {
    if (!this.connected) throw new SedgeError('BUS_CLOSED', 'the bus is not running');
  }
}

/**
 * Always QoS 1: in a burst of both kinds aedes loses those of QoS 1 without a word (its issues 994 and 955).
 * A subscriber still gets QoS 0 on the wire if that is what it subscribed with.
 */
function packetOf({ topic, payload, retain }: UnsentMessage): EmbeddedPacket {
  return { cmd: 'publish', topic, payload, qos: 1, retain, dup: false };
}

function bytesOf(payload: Buffer | string): Uint8Array {
  return plainView(typeof payload === 'string' ? Buffer.from(payload) : payload);
}
