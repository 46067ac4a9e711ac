import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { limits, type NodeAddress, type NodeId, SedgeError } from '@sedge/protocol';
import { inProcessBus, listen, type Bus, type Log } from '@sedge/kit';
import { Aedes, type Client } from 'aedes';
import { FilteredConnection } from './filtered-connection.ts';
import { brokerHooks, type VerifyNode } from './hooks.ts';
import type { BrokerObserver } from './observer.ts';
import { PACKET_BOUNDS, PacketFilter, type PacketBounds } from './packet-filter.ts';

export interface BrokerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly addressOf: (node: NodeId) => NodeAddress;
  readonly verify: VerifyNode;
  readonly observer: BrokerObserver;
  readonly log: Log;
  readonly bounds?: Partial<BrokerBounds>;
}

export interface BrokerBounds extends PacketBounds {
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  readonly backlogBytesMax: number;
  /** A client that takes nothing for so long is cut off. */
  readonly drainTimeoutMs: number;
}

const BOUNDS: BrokerBounds = {
  ...PACKET_BOUNDS,
  connectionsMax: limits.brokerConnectionsMax,
  connectTimeoutMs: limits.brokerConnectTimeoutMs,
  backlogBytesMax: limits.brokerBacklogBytesMax,
  drainTimeoutMs: 10_000,
};

/** The MQTT broker in this process, and the bus over it. */
export class Broker {
  readonly bus: Bus;
  readonly #options: BrokerOptions;
  readonly #bounds: BrokerBounds;
  readonly #aedes: Aedes;
  readonly #connections = new Set<Duplex>();
  readonly #clients = new Map<string, Client>();
  #server: Server | undefined;
  #isStopped = false;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#bounds = { ...BOUNDS, ...options.bounds };
    this.#aedes = aedesOf(options, this.#bounds);
    this.bus = inProcessBus(this.#aedes, options.log);
    this.#listen();
  }

  /** Where it listens; undefined before the start. */
  get port(): number | undefined {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Throws PORT_IN_USE. Fine twice. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const { host, port } = this.#options;
    this.#server = createServer((socket) => this.accept(socket.setNoDelay(true)));
    await this.#aedes.listen();
    try {
      await listen(this.#server, 'MQTT', host, port);
    } catch (error) {
      // The timers of aedes would keep the process alive.
      await this.stop();
      throw error;
    }
    this.#server.on('error', (error) => this.#options.log.error('the MQTT listener failed', { error }));
    await this.bus.start();
  }

  async stop(): Promise<void> {
    if (this.#isStopped || this.#server === undefined) return;
    this.#isStopped = true;
    const server = this.#server;
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    await this.bus.stop();
    await new Promise<void>((resolve) => {
      this.#aedes.close(resolve);
    });
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  /** Takes a connection that carries MQTT, from a TCP socket or from a WebSocket. */
  accept(below: Duplex): void {
    if (this.#isStopped || this.#connections.size >= this.#bounds.connectionsMax) {
      this.#options.observer.refused('capacity');
      below.on('error', () => undefined).destroy();
      return;
    }
    const connection = new FilteredConnection(below, new PacketFilter(this.#bounds));
    this.#connections.add(connection);
    this.#options.observer.connected(this.#connections.size);
    connection.once('close', () => {
      this.#connections.delete(connection);
      this.#options.observer.connected(this.#connections.size);
    });
    this.#aedes.handle(connection);
  }

  /** Cuts a node off, because it is no longer welcome. */
  disconnect(node: NodeId): void {
    this.#clients.get(node)?.close();
  }

  #listen(): void {
    const { log, observer } = this.#options;
    // Before CONNACK is sent: whatever a client sends after it is that of a client that was let in.
    this.#aedes.on('client', (client) => {
      this.#clients.set(client.id, client);
      if (client.conn instanceof FilteredConnection) client.conn.admit();
    });
    this.#aedes.on('clientDisconnect', (client) => {
      if (this.#clients.get(client.id) === client) this.#clients.delete(client.id);
    });
    const refused = (client: Client, error: Error): void => {
      if (error instanceof SedgeError) observer.refused('packet');
      log.debug('a broker connection ended', { client: client.id, error });
    };
    this.#aedes.on('clientError', refused);
    this.#aedes.on('connectionError', refused);
    // An `error` event that nobody hears would end the process.
    (this.#aedes as NodeJS.EventEmitter).on('error', (error) => log.error('the broker failed inside', { error }));
  }
}

/**
 * Concurrency 0, unlimited: with the default of 100, one subscriber that does not read stops delivery to all. What it
 * would then cost in memory is bounded by `authorizeForward`.
 */
function aedesOf({ addressOf, verify, observer, log }: BrokerOptions, bounds: BrokerBounds): Aedes {
  return new Aedes({
    concurrency: 0,
    drainTimeout: bounds.drainTimeoutMs,
    connectTimeout: bounds.connectTimeoutMs,
    maxTopicLevels: 16,
    ...brokerHooks({ addressOf, verify, observer, log, backlogBytesMax: bounds.backlogBytesMax }),
  });
}
