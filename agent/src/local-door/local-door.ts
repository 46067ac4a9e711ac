import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { listen, type Clock, type Log, type Randomness } from '@sedge/kit';
import { limits, type Crypto } from '@sedge/protocol';
import type { PullJobs } from '../external-trainer/pull-jobs.ts';
import { Admission, type AdmissionBounds } from './admission.ts';
import { doorApp } from './door-app.ts';
import { loadOrMakeToken, TokenCheck } from './local-token.ts';
import type { ServedModels } from './served-models.ts';

export interface LocalDoorOptions {
  /** 0 picks a free one. */
  readonly port: number;
  readonly tokenPath: string;
  readonly models: ServedModels;
  /** Rounds for trainers that ask for them. */
  readonly trainerJobs: PullJobs;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly log: Log;
  readonly bounds?: Partial<DoorBounds>;
}

/** What a caller may take of this machine. */
export interface DoorBounds extends AdmissionBounds {
  readonly connectionsMax: number;
  /** Until the head of a request is there. */
  readonly headTimeoutMs: number;
  /** Until the whole request is there. */
  readonly requestTimeoutMs: number;
}

/** Nothing else can be set: whoever wants to let other machines in asks the coordinator. */
const LOOPBACK = '127.0.0.1';
const BOUNDS: DoorBounds = {
  requestsMax: 64,
  bytesMax: 2 * limits.inferBodyBytesMax,
  connectionsMax: 256,
  headTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
};
/** Longer than clients keep an idle connection (usually 60 s), so that it is never the server that closes first. */
const KEEP_ALIVE_MS = 75_000;
/** A connection on which nothing moves although every deadline has passed: nobody reads there. */
const SILENCE_MS = limits.inferTimeoutMsMax + 60_000;
/** Answers under way get so long at the stop. */
const GRACE_MS = 1_000;

/** Inference (Open Inference Protocol) and work for trainers on the loopback interface, for programs on the same machine. */
export class LocalDoor {
  readonly #options: LocalDoorOptions;
  readonly #bounds: DoorBounds;
  #server: Server | undefined;

  constructor(options: LocalDoorOptions) {
    this.#options = options;
    this.#bounds = { ...BOUNDS, ...options.bounds };
  }

  /** Where programs find it; undefined while it is closed. */
  get url(): string | undefined {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    return address ? `http://${LOOPBACK}:${address.port}` : undefined;
  }

  /** Throws PORT_IN_USE, STATE_UNREADABLE. Fine twice. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const { log, port, randomness, tokenPath } = this.#options;
    await loadOrMakeToken(tokenPath, randomness);
    const server = this.#makeServer();
    await listen(server, 'the local door', LOOPBACK, port);
    this.#server = server;
    server.on('error', (error) => log.error('the local door failed', { error }));
    log.info('programs on this machine may ask for inference', { url: this.url });
  }

  /** Takes no more connections, lets answers under way end, then cuts what is left. Fine twice. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const grace = new AbortController();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const cut = this.#options.clock.sleep(GRACE_MS, grace.signal).then(
      () => server.closeAllConnections(),
      () => undefined,
    );
    await closed;
    grace.abort();
    await cut;
  }

  #makeServer(): Server {
    const { headTimeoutMs, requestTimeoutMs, connectionsMax } = this.#bounds;
    const app = doorApp({
      models: this.#options.models,
      trainerJobs: this.#options.trainerJobs,
      token: new TokenCheck({ ...this.#options, path: this.#options.tokenPath }),
      admission: new Admission(this.#bounds),
      log: this.#options.log,
    });
    const serverOptions = {
      headersTimeout: headTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(headTimeoutMs, requestTimeoutMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
    };
    const server = createAdaptorServer({ fetch: app.fetch, hostname: LOOPBACK, serverOptions }) as Server;
    server.maxConnections = connectionsMax;
    server.timeout = SILENCE_MS;
    return server;
  }
}
