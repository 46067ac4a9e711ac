import { digestOf, SedgeError, type Crypto, type Digest } from '@sedge/protocol';
import {
  routes,
  type AnswerOf,
  type BodyInputOf,
  type CloudEvent,
  type PathOf,
  type QueryInputOf,
  type Route,
} from '@sedge/protocol/routes';
import { cloudEventsOf } from './event-stream.ts';
import { refusalOf, unreachable } from './refusal.ts';
import { addressOf, type AddressParts } from './route-address.ts';

type PathInput<Declared> = keyof PathOf<Declared> extends never ? object : { readonly path: PathOf<Declared> };
type QueryInput<Declared> =
  QueryInputOf<Declared> extends undefined ? object : { readonly query?: Partial<QueryInputOf<Declared>> };
type BodyInput<Declared> = BodyInputOf<Declared> extends undefined ? object : { readonly body: BodyInputOf<Declared> };

/** What a call of one route takes, by its declaration. */
export type CallInput<Declared> = PathInput<Declared> & QueryInput<Declared> & BodyInput<Declared>;

type CallArguments<Declared> =
  object extends CallInput<Declared>
    ? [input?: CallInput<Declared>, options?: CallOptions]
    : [input: CallInput<Declared>, options?: CallOptions];

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ClientOptions {
  readonly url: string;
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch;
}

/** What goes over the wire without being JSON on both sides. */
export interface RawRequest extends AddressParts {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The coordinator's REST door, typed by the route table. Refusals become SedgeErrors with the coordinator's code. */
export class Client {
  readonly url: string;
  readonly #token: string | undefined;
  readonly #fetch: typeof fetch;

  constructor({ url, token, fetch: ask = fetch }: ClientOptions) {
    this.url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#fetch = ask;
  }

  /** Sends JSON, answers what the route promises; undefined where it promises nothing. */
  async call<Declared extends Route>(
    route: Declared,
    ...[input, options]: CallArguments<Declared>
  ): Promise<AnswerOf<Declared>> {
    const { path, query, body } = (input ?? {}) as Pick<RawRequest, 'path' | 'query'> & { body?: unknown };
    const response = await this.send(route, {
      ...(path === undefined ? {} : { path }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      signal: options?.signal,
    });
    return (await answerOf(route, response)) as AnswerOf<Declared>;
  }

  /** The response of a success. Throws COORDINATOR_UNREACHABLE, or what the coordinator refuses with. */
  async send(route: Route, request: RawRequest = {}): Promise<Response> {
    const address = this.url + addressOf(route, request);
    const headers = { ...this.#signIn(), ...request.headers };
    const init: RequestInit = {
      method: route.method,
      headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
    const ask = (): Promise<Response> => this.#fetch(address, init);
    const response = await ask()
      .catch((cause: unknown) => retryIfLost(route, cause, ask))
      .catch((cause: unknown) => {
        throw request.signal?.aborted === true ? request.signal.reason : unreachable(this.url, cause);
      });
    if (!response.ok) throw await refusalOf(response);
    return response;
  }

  /** Stores content under its digest. */
  async putBlob(crypto: Pick<Crypto, 'sha256'>, content: Uint8Array<ArrayBuffer>): Promise<Digest> {
    const digest = digestOf(crypto, content);
    const headers = { 'content-type': 'application/octet-stream' };
    const response = await this.send(routes.putBlob, { path: { digest }, body: content, headers });
    await response.arrayBuffer();
    return digest;
  }

  /** Content by digest. Throws DIGEST_MISMATCH when something else comes. */
  async getBlob(crypto: Pick<Crypto, 'sha256'>, digest: Digest): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.send(routes.getBlob, { path: { digest } });
    const content = new Uint8Array(await response.arrayBuffer());
    if (digestOf(crypto, content) !== digest) {
      throw new SedgeError('DIGEST_MISMATCH', `what came is not ${digest}`, { expose: true });
    }
    return content;
  }

  /** State changes as they happen, until the signal aborts or the coordinator goes. */
  async *events(options: CallOptions = {}): AsyncGenerator<CloudEvent> {
    const response = await this.send(routes.events, { ...options, headers: { accept: 'text/event-stream' } });
    if (response.body !== null) yield* cloudEventsOf(response.body);
  }

  #signIn(): Record<string, string> {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
  }
}

/** A kept connection may close at the moment at which it is used again; what changes nothing may be asked once more. */
async function retryIfLost({ method }: Route, cause: unknown, ask: () => Promise<Response>): Promise<Response> {
  const { code } = ((cause as Error | undefined)?.cause ?? {}) as { code?: unknown };
  const isLost = code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE';
  if (isLost && (method === 'GET' || method === 'HEAD')) return ask();
  throw cause;
}

async function answerOf(route: Route, response: Response): Promise<unknown> {
  const { answer } = route;
  if (answer.kind === 'text') return response.text();
  if (answer.kind !== 'json') {
    // Read to its end, so that the connection can be used again.
    await response.arrayBuffer();
    return undefined;
  }
  const parsed = answer.schema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  throw new SedgeError('BAD_REQUEST', `the answer of ${route.method} ${route.path} is not as declared`, {
    cause: parsed.error,
    expose: true,
  });
}
