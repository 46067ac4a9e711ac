import {
  Backoff,
  mqttBus,
  untilAborted,
  type Bus,
  type BusMessage,
  type Clock,
  type Log,
  type Randomness,
} from '@sedge/kit';
import {
  channels,
  encodeJson,
  everyDownTopic,
  fromUtf8,
  topicOf,
  type BootId,
  type NodeAddress,
  type NodeState,
  type SedgeError,
} from '@sedge/protocol';
import { AGENT_VERSION } from '../version.ts';
import { refusalAfter, type Refusal } from './refusal.ts';

export interface NodeLinkOptions {
  readonly url: string;
  readonly address: NodeAddress;
  readonly boot: BootId;
  readonly clock: Clock;
  readonly log: Log;
  readonly randomness: Pick<Randomness, 'uniform'>;
  /** The coordinator's time. */
  readonly now: () => number;
  /** A fresh token for each attempt. */
  readonly token: () => Promise<string>;
  /** The broker said no: what the token was made from may be wrong. */
  readonly onRefused: () => void;
  readonly onMessage: (message: BusMessage) => Promise<void>;
  /** After each connection, when the subscription stands. */
  readonly onConnected: () => void;
}

const KEEPALIVE_S = 20;
const RECONNECT_BASE_MS = 500;
const RECONNECT_CAP_MS = 30_000;

/** The connection of one identity to its broker, for as long as the agent runs, through refusals and outages. */
export class NodeLink {
  readonly bus: Bus;
  readonly #options: NodeLinkOptions;
  readonly #backoff: Backoff;
  #running: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;
  #refusal: Refusal | undefined;

  constructor(options: NodeLinkOptions) {
    const { url, address, clock, log, randomness, token, onConnected } = options;
    this.#options = options;
    this.#backoff = new Backoff({ baseMs: RECONNECT_BASE_MS, capMs: RECONNECT_CAP_MS, randomness });
    this.bus = mqttBus({
      url,
      clientId: address.node,
      keepaliveS: KEEPALIVE_S,
      will: {
        topic: topicOf(channels.state, address),
        payload: fromUtf8(encodeJson(channels.state, this.stateOf(false))),
        qos: 1,
        retain: true,
      },
      credentials: async () => ({ username: address.node, password: await token() }),
      clock,
      log,
      backoff: this.#backoff,
      onRefused: (error) => this.#refused(error),
    });
    this.bus.onConnectionChange((connected) => {
      if (!connected) return;
      this.#refusal = undefined;
      onConnected();
    });
  }

  get connected(): boolean {
    return this.bus.connected;
  }

  /** Why there is no connection, where the broker said so. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** Resolves when there is a connection. Rejects with the reason of the signal. */
  async whenConnected(signal: AbortSignal): Promise<void> {
    if (this.connected) return;
    let stopListening = (): void => undefined;
    const connected = new Promise<void>((resolve) => {
      stopListening = this.bus.onConnectionChange((isConnected) => {
        if (isConnected) resolve();
      });
    });
    try {
      await untilAborted(connected, signal);
    } finally {
      stopListening();
    }
  }

  stateOf(online: boolean): NodeState {
    return { online, boot: this.#options.boot, agent: AGENT_VERSION, at: this.#options.now() };
  }

  /** Begins to connect; the agent serves what it has while no broker answers. */
  start(): void {
    if (this.#running !== undefined) return;
    const abort = new AbortController();
    this.#running = { abort, ended: this.#connect(abort.signal) };
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.abort.abort();
    await this.bus.stop();
    await running?.ended;
  }

  #refused(error: SedgeError): void {
    this.#refusal = refusalAfter(this.#refusal, error, this.#options.clock.now());
    this.#options.onRefused();
  }

  /** The bus gives up when it is refused before it ever was connected; a node does not. */
  async #connect(signal: AbortSignal): Promise<void> {
    const { address, clock, log, onMessage } = this.#options;
    while (!signal.aborted) {
      try {
        const connected = this.bus.start();
        await Promise.all([connected, this.bus.subscribe(everyDownTopic(address), onMessage)]);
        return;
      } catch (error) {
        if (signal.aborted) return;
        log.error('the broker does not let this node in', { error });
        // Rejects only when the link is stopped meanwhile, which the loop sees by itself.
        await clock.sleep(this.#backoff.nextMs(), signal).catch(() => undefined);
      }
    }
  }
}
