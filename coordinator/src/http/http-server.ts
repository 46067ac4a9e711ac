import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { listen, type Clock, type Log } from '@sedge/kit';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { openWebSocketDoor } from '../broker/web-socket-door.ts';

export interface HttpServerOptions {
  readonly app: Hono;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Takes MQTT that comes over WebSocket. */
  readonly acceptMqtt: (connection: Duplex) => void;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
}

/** Answers under way get so long at the stop. */
const GRACE_MS = 2_000;

/**
 * Idle connections stay open for longer than clients and proxies keep theirs (usually 60 s): whoever closes first must
 * not be the server, or a request that is just being sent on the connection is lost.
 */
const SERVER_OPTIONS = { keepAliveTimeout: 75_000 };

/** The HTTP door on a socket. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  #server: Server | undefined;
  #cutWebSockets: () => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  /** Where it listens; undefined before the start. */
  get port(): number | undefined {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port;
  }

  /** Throws PORT_IN_USE. Fine twice. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const { app, acceptMqtt, host, log, port } = this.#options;
    this.#server = createAdaptorServer({ fetch: app.fetch, hostname: host, serverOptions: SERVER_OPTIONS }) as Server;
    this.#cutWebSockets = openWebSocketDoor(this.#server, acceptMqtt);
    await listen(this.#server, 'HTTP', host, port);
    this.#server.on('error', (error) => log.error('the HTTP listener failed', { error }));
  }

  /** Takes no more connections, lets answers under way end, then cuts what is left. Fine twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopOnce();
    return this.#stopping;
  }

  async #stopOnce(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    const grace = new AbortController();
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeIdleConnections();
    this.#cutWebSockets();
    const cut = this.#options.clock.sleep(GRACE_MS, grace.signal).then(
      () => server.closeAllConnections(),
      () => undefined,
    );
    await closed;
    grace.abort();
    await cut;
  }
}
