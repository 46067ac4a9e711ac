import { asSedgeError, SedgeError } from '@sedge/protocol';
import type { Backoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { untilAborted, withDeadline } from '../deadline.ts';
import type { Log } from '../log.ts';
import type { Bus, BusHandler, PublishOptions, SubscribeOptions, Subscription } from './bus.ts';
import { ConnectionListeners } from './connection-listeners.ts';
import { deliver } from './delivery.ts';
import {
  type BrokerConnection,
  type BrokerCredentials,
  type MqttConnectionOptions,
  type OpenConnection,
  openMqttConnection,
} from './mqtt-connection.ts';
import { type MqttSubscription, MqttSubscriptions } from './mqtt-subscriptions.ts';
import { type BacklogBounds, type UnsentMessage, UnsentMessages } from './unsent-messages.ts';

export interface MqttBusOptions extends MqttConnectionOptions {
  /** Asked afresh at each attempt: tokens live for minutes only. */
  readonly credentials: () => Promise<BrokerCredentials>;
  readonly clock: Clock;
  readonly log: Log;
  /** Waits between attempts; begins anew after a connection that lasted. */
  readonly backoff: Pick<Backoff, 'nextMs' | 'reset'>;
  /** Hears of each refusal by the broker, also of those after the first connection, when attempts go on. */
  readonly onRefused?: (error: SedgeError) => void;
  readonly backlog?: BacklogBounds;
  /** Replaced by tests that lose connections at will. */
  readonly open?: OpenConnection;
}

/** A connection that was lost earlier than this counts as a failed attempt, or two clients of one id would race. */
const LASTING_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * A bus over an MQTT broker, with reconnection. `start` goes on through outages until the first connection, and
 * throws BROKER_REFUSED at the first refusal; it may then be called again.
 */
export function mqttBus(options: MqttBusOptions): Bus {
  return new MqttBus(options);
}

interface Running {
  readonly abort: AbortController;
  readonly firstConnection: Promise<void>;
  readonly ended: Promise<void>;
}

/** Told once how the first attempts went; later calls change nothing. */
interface FirstConnection {
  readonly stands: () => void;
  readonly failed: (error: SedgeError) => void;
}

class MqttBus implements Bus {
  readonly #options: MqttBusOptions;
  readonly #open: OpenConnection;
  readonly #unsent: UnsentMessages;
  readonly #subscriptions = new MqttSubscriptions();
  readonly #listeners: ConnectionListeners;
  #running: Running | undefined;
  /** The end of the last stop; a new start waits for it. */
  #stopped: Promise<void> = Promise.resolve();
  #connection: BrokerConnection | undefined;
  #wasConnected = false;

  constructor(options: MqttBusOptions) {
    this.#options = options;
    this.#open = options.open ?? openMqttConnection;
    this.#unsent = new UnsentMessages(options.backlog);
    this.#listeners = new ConnectionListeners(options.log);
  }

  get connected(): boolean {
    return this.#listeners.connected;
  }

  onConnectionChange(listener: (connected: boolean) => void): () => void {
    return this.#listeners.add(listener);
  }

  start(): Promise<void> {
    this.#running ??= this.#begin();
    return this.#running.firstConnection;
  }

  stop(): Promise<void> {
    const running = this.#running;
    if (running !== undefined) {
      this.#running = undefined;
      this.#stopped = this.#end(running);
    }
    return this.#stopped;
  }

  async publish(topic: string, payload: Uint8Array | string, options: PublishOptions): Promise<void> {
    this.#checkRunning();
    if (options.qos === 0 && !this.connected) throw new SedgeError('BUS_CLOSED', `not connected to publish ${topic}`);
    const { message, settled } = this.#unsent.add(topic, payload, options);
    if (this.connected && this.#connection !== undefined) this.#send(this.#connection, message);
    await settled;
  }

  async subscribe(filter: string, handler: BusHandler, { qos = 1 }: SubscribeOptions = {}): Promise<Subscription> {
    this.#checkRunning();
    const subscription = this.#subscriptions.add(filter, qos, handler);
    if (this.#connection !== undefined) void this.#ask(this.#connection, subscription);
    await subscription.granted;
    return { end: () => this.#unsubscribe(subscription) };
  }

  #begin(): Running {
    const abort = new AbortController();
    let first: FirstConnection = { stands: () => undefined, failed: () => undefined };
    const firstConnection = new Promise<void>((resolve, reject) => {
      first = { stands: resolve, failed: reject };
    });
    return { abort, firstConnection, ended: this.#run(abort.signal, first) };
  }

  async #end({ abort, ended }: Running): Promise<void> {
    const closed = new SedgeError('BUS_CLOSED', 'the bus was stopped');
    abort.abort(closed);
    this.#listeners.set(false);
    await this.#closeConnection();
    await ended;
    this.#refuseEverything(closed);
  }

  async #closeConnection(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    const { clock, log } = this.#options;
    try {
      await withDeadline(connection.close(), CLOSE_TIMEOUT_MS, clock, 'STOPPING', 'the broker does not let go');
    } catch (error) {
      log.warn('the connection to the broker was cut', { error });
      connection.drop();
    }
  }

  /** Connects again and again until the bus is stopped, or refused before it ever was connected. */
  async #run(signal: AbortSignal, first: FirstConnection): Promise<void> {
    const { clock, log, backoff } = this.#options;
    await this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#connectAndServe(signal, first);
      } catch (cause) {
        if (!signal.aborted && this.#isFinal(asSedgeError(cause), first)) return;
      }
      if (signal.aborted) break;
      const waitMs = Math.round(backoff.nextMs());
      log.debug('waiting to connect to the broker', { waitMs });
      // Rejects only when the bus is stopped meanwhile, which the loop sees by itself.
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
    first.failed(new SedgeError('BUS_CLOSED', 'the bus was stopped before it was connected'));
  }

  async #connectAndServe(signal: AbortSignal, first: FirstConnection): Promise<void> {
    const { clock, log, credentials, backoff } = this.#options;
    const fresh = await untilAborted(credentials(), signal);
    const connection = await this.#open(this.#options, fresh, this.#receive, signal);
    // Stopped in the moment between the acceptance and here.
    if (signal.aborted) return connection.drop();
    const sinceMs = clock.monotonicMs();
    this.#connection = connection;
    await this.#restore(connection, signal, first);
    await connection.closed;
    this.#connection = undefined;
    this.#refuseLost();
    this.#listeners.set(false);
    if (clock.monotonicMs() - sinceMs >= LASTING_MS) backoff.reset();
    if (!signal.aborted) log.warn('the connection to the broker was lost');
  }

  /** What the broker forgot with the last connection: first the subscriptions, then the messages, then our word. */
  async #restore(connection: BrokerConnection, signal: AbortSignal, first: FirstConnection): Promise<void> {
    await Promise.all(this.#subscriptions.list().map((subscription) => this.#ask(connection, subscription)));
    if (!connection.isOpen || signal.aborted) return;
    for (const message of this.#unsent.list()) this.#send(connection, message);
    this.#wasConnected = true;
    first.stands();
    this.#listeners.set(true);
  }

  /** Asks the broker for a subscription. Lost connections do not matter: the next one asks again. */
  async #ask(connection: BrokerConnection, subscription: MqttSubscription): Promise<void> {
    const { filter, grant, refuse } = subscription;
    try {
      await connection.subscribe(filter, this.#subscriptions.qosOf(filter));
      grant();
    } catch (cause) {
      const error = asSedgeError(cause);
      if (error.code === 'BUS_CLOSED') return;
      this.#options.log.error('the broker refused a subscription', { filter, error });
      this.#subscriptions.remove(subscription);
      refuse(error);
    }
  }

  async #unsubscribe(subscription: MqttSubscription): Promise<void> {
    const { filter } = subscription;
    if (!this.#subscriptions.remove(subscription) || this.#subscriptions.hasFilter(filter)) return;
    try {
      await this.#connection?.unsubscribe(filter);
    } catch (error) {
      // With its connection the broker forgets the subscription anyway.
      this.#options.log.debug('a subscription ended with its connection', { filter, error });
    }
  }

  /** A message that fails on a connection stays in the backlog, and the connection cannot be trusted with more. */
  #send(connection: BrokerConnection, message: UnsentMessage): void {
    connection.publish(message).then(
      () => this.#unsent.sent(message),
      (error: unknown) => {
        this.#options.log.debug('a message did not leave', { topic: message.topic, error });
        connection.drop();
      },
    );
  }

  readonly #receive = (topic: string, payload: Uint8Array, retain: boolean): void => {
    for (const { handler } of this.#subscriptions.matching(topic)) {
      deliver(handler, { topic, payload, retain }, this.#options.log);
    }
  };

  /** Whether attempts end here: the broker refused us and never took us in before. */
  #isFinal(error: SedgeError, first: FirstConnection): boolean {
    this.#options.log.warn('no connection to the broker', { error });
    if (error.code !== 'BROKER_REFUSED') return false;
    this.#tellRefused(error);
    if (this.#wasConnected) return false;
    this.#running = undefined;
    this.#refuseEverything(error);
    first.failed(error);
    return true;
  }

  #tellRefused(refusal: SedgeError): void {
    try {
      this.#options.onRefused?.(refusal);
    } catch (error) {
      this.#options.log.error('a listener to refusals failed', { error });
    }
  }

  /** QoS 0 is now or never; QoS 1 waits for the next connection. */
  #refuseLost(): void {
    for (const message of this.#unsent.list()) {
      if (message.qos === 0) this.#unsent.refuse(message, new SedgeError('BUS_CLOSED', 'the connection was lost'));
    }
  }

  #refuseEverything(error: SedgeError): void {
    this.#subscriptions.refuseAll(error);
    this.#unsent.refuseAll(error);
  }

  #checkRunning(): void {
    if (this.#running === undefined) throw new SedgeError('BUS_CLOSED', 'the bus is not running');
  }
}
