import { SedgeError } from '@sedge/protocol';
import { Socket } from 'node:net';
import type { IClientOptions, MqttClient } from 'mqtt';
import { plainView } from './delivery.ts';
import type { UnsentMessage } from './unsent-messages.ts';

/** What the broker publishes on our behalf when it loses us. */
export interface BusWill {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export interface BrokerCredentials {
  readonly username: string;
  readonly password: string;
}

export interface MqttConnectionOptions {
  /** mqtt:, mqtts:, ws: or wss: */
  readonly url: string;
  readonly clientId: string;
  readonly keepaliveS: number;
  readonly will?: BusWill;
  /** Certificate authorities to trust instead of the system's, in PEM. */
  readonly ca?: string;
}

export type MessageListener = (topic: string, payload: Uint8Array, retain: boolean) => void;

const CONNECT_TIMEOUT_MS = 10_000;

/** One connection to a broker, from its acceptance until it is lost; a new one is made instead of reviving it. */
export interface BrokerConnection {
  readonly isOpen: boolean;
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  /** Resolves when the broker has it (QoS 1), or the socket (QoS 0). */
  publish(message: UnsentMessage): Promise<void>;
  /** Throws BROKER_REFUSED when the broker does not grant it, and BUS_CLOSED when the connection goes meanwhile. */
  subscribe(filter: string, qos: 0 | 1): Promise<void>;
  unsubscribe(filter: string): Promise<void>;
  /** Waits for acknowledgements, then says DISCONNECT, so that the broker does not publish the will. */
  close(): Promise<void>;
  /** Cuts the connection without a word. */
  drop(): void;
}

export type OpenConnection = (
  options: MqttConnectionOptions,
  credentials: BrokerCredentials,
  onMessage: MessageListener,
  signal: AbortSignal,
) => Promise<BrokerConnection>;

class MqttConnection implements BrokerConnection {
  readonly #client: MqttClient;
  readonly closed: Promise<void>;
  #isOpen = true;

  constructor(client: MqttClient) {
    this.#client = client;
    this.closed = new Promise((resolve) => {
      client.once('close', () => {
        this.#isOpen = false;
        resolve();
      });
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  publish({ topic, payload, qos, retain }: UnsentMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.publish(topic, payload, { qos, retain }, (error) => (error ? reject(error) : resolve()));
    });
  }

  async subscribe(filter: string, qos: 0 | 1): Promise<void> {
    try {
      await this.#client.subscribeAsync(filter, { qos });
    } catch (cause) {
      if (!isRefusal(cause)) throw new SedgeError('BUS_CLOSED', 'the connection was lost', { cause });
      throw new SedgeError('BROKER_REFUSED', `the broker does not grant ${filter}`, { cause });
    }
  }

  async unsubscribe(filter: string): Promise<void> {
    await this.#client.unsubscribeAsync(filter);
  }

  async close(): Promise<void> {
    this.#client.end(false);
    await this.closed;
  }

  drop(): void {
    this.#client.end(true);
  }
}

/** mqtt.js hands over the SUBACK where there was one; its other errors mean that the connection went. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'packet' in error && error.packet !== undefined;
}

/**
 * Connects once. Throws BROKER_REFUSED when the broker says no, COORDINATOR_UNREACHABLE when it says nothing, and
 * the reason of the signal when that aborts first.
 */
export const openMqttConnection: OpenConnection = async (options, credentials, onMessage, signal) => {
  // Loaded with the first connection: a process that never connects does not pay some 15 MB for it.
  const { connect } = await import('mqtt');
  signal.throwIfAborted();
  const client = connect(options.url, clientOptions(options, credentials));
  // Subscribed before the connection is accepted: the first message may follow in the same packet.
  client.on('message', (topic, payload, packet) => onMessage(topic, plainView(payload), packet.retain));
  await accepted(client, options.url, signal);
  sendAtOnce(client);
  return new MqttConnection(client);
};

/**
 * mqtt.js writes a packet in pieces and leaves Nagle's algorithm on: the second piece would wait some 40 ms for the
 * delayed acknowledgement of the first (RFC 1122 §4.2.3.2 and §4.2.3.4).
 */
function sendAtOnce({ stream }: MqttClient): void {
  if (stream instanceof Socket) stream.setNoDelay(true);
}

function clientOptions(
  { clientId, keepaliveS, will, ca }: MqttConnectionOptions,
  { username, password }: BrokerCredentials,
): IClientOptions {
  return {
    clientId,
    username,
    password,
    keepalive: keepaliveS,
    protocolVersion: 4,
    clean: true,
    // Our own loop reconnects, because each attempt needs fresh credentials and jitter.
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(will === undefined ? {} : { will: { ...will, payload: Buffer.from(will.payload) } }),
    ...(ca === undefined ? {} : { ca }),
  };
}

function accepted(client: MqttClient, url: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let lastError: Error | undefined;
    const settle = (error?: Error): void => {
      client.off('connect', onConnect);
      client.off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      if (error === undefined) return resolve();
      client.end(true);
      reject(error);
    };
    const onConnect = (): void => settle();
    const onClose = (): void => settle(connectError(url, lastError));
    const onAbort = (): void => settle(signal.reason as Error);
    client.on('connect', onConnect);
    client.on('close', onClose);
    signal.addEventListener('abort', onAbort);
    // Stays for good: an error event that nobody hears ends the process. `close` follows each error.
    client.on('error', (error) => {
      lastError = error;
    });
  });
}

/** The return codes of MQTT 3.1.1 §3.2.2.3 that another attempt with the same settings does not change. */
const REFUSALS: ReadonlyMap<unknown, string> = new Map([
  [1, 'it does not speak MQTT 3.1.1'],
  [2, 'it does not take the client id'],
  [4, 'user name or password are wrong'],
  [5, 'this client is not allowed in'],
]);

function connectError(url: string, cause: (Error & { code?: unknown }) | undefined): SedgeError {
  const refusal = REFUSALS.get(cause?.code);
  if (refusal !== undefined) return new SedgeError('BROKER_REFUSED', `${refusal} (${url})`, { cause });
  return new SedgeError('COORDINATOR_UNREACHABLE', `no broker answers at ${url}`, { cause });
}
