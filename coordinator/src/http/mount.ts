import { asSedgeError, limits, SedgeError } from '@sedge/protocol';
import type { Route } from '@sedge/protocol/routes';
import { type Log, newId, parseJsonBody, type Randomness, readBody } from '@sedge/kit';
import type { Context, Hono } from 'hono';
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import type { Authenticate } from '../access/authenticator.ts';
import { admit } from './authenticate.ts';
import type { Call, Handler, Reply } from './handler.ts';
import { errorAnswer } from './problem.ts';
import { parseFields } from './refused-fields.ts';

export interface MountOptions {
  readonly authenticate: Authenticate;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly log: Log;
  /** Told of every answer. */
  readonly answered?: (route: string, status: number) => void;
}

type AnyCall = Omit<Call<unknown>, 'path' | 'query' | 'body'> & { path: unknown; query: unknown; body: unknown };
type AnyHandler = ((call: AnyCall) => unknown) | { readonly raw: (call: AnyCall) => Response | Promise<Response> };

const NO_QUERY = z.strictObject({});
const REQUEST_ID = 'x-request-id';
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;

/** Puts a handler at the address of its route, behind the checks that the route declares. */
export function mount<Declared extends Route>(
  app: Hono,
  name: string,
  declared: Declared,
  handler: Handler<Declared>,
  options: MountOptions,
): void {
  const run = handler as unknown as AnyHandler;
  app.on(declared.method, honoPath(declared.path), async (context) => {
    // Set before anything else: touching a finished answer takes the slow path of the server.
    const requestId = newId(options.randomness, 'req');
    context.header(REQUEST_ID, requestId);
    const response = await respond(context, declared, run, options).catch((error: unknown) =>
      refuse(context, error, requestId, options.log),
    );
    options.answered?.(name, response.status);
    return response;
  });
}

/** The answer to a request that failed, whatever with. */
export function refuse(context: Context, cause: unknown, requestId: string, log: Log): Response {
  const { path, method } = context.req;
  const { status, body, headers } = errorAnswer(cause, path, requestId);
  const fields = { requestId, method, path, error: asSedgeError(cause) };
  if (status >= 500) log.error('a request failed', fields);
  else log.debug('a request was refused', fields);
  return context.body(body, status as ContentfulStatusCode, { ...headers, [REQUEST_ID]: requestId });
}

/** `/a/{name}` as Hono writes it. */
export function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

async function respond(context: Context, declared: Route, run: AnyHandler, options: MountOptions): Promise<Response> {
  const principal = admit(options.authenticate, declared.access, context.req.header('authorization'));
  const request = context.req.raw;
  const query = queryOf(context, declared);
  const call = {
    path: context.req.param(),
    query,
    body: undefined,
    principal,
    request,
    reply: replyOf(context, declared),
  };
  if ('raw' in run) return run.raw(call);
  const body = await bodyOf(context, declared);
  return answerOf(context, declared, await run({ ...call, body }));
}

function answerOf(context: Context, { answer, status }: Route, value: unknown): Response {
  if (value instanceof Response) return value;
  if (answer.kind === 'empty') return context.body(null, status as StatusCode);
  return context.json(value as object, status as ContentfulStatusCode, { 'cache-control': 'no-store' });
}

function queryOf(context: Context, { query, path }: Route): unknown {
  const given = context.req.query();
  // Only our own API is strict: scrapers and inference clients add parameters of theirs.
  if (query === undefined && !path.startsWith('/api/')) return undefined;
  return parseFields(query ?? NO_QUERY, given);
}

async function bodyOf(context: Context, { body }: Route): Promise<unknown> {
  if (body?.kind !== 'json') return undefined;
  const type = context.req.header('content-type');
  if (type !== undefined && !JSON_TYPE.test(type)) {
    throw new SedgeError('UNSUPPORTED_MEDIA_TYPE', `${type} where application/json is taken`, { expose: true });
  }
  return parseFields(body.schema, parseJsonBody(await readBody(context.req.raw, limits.jsonBodyBytesMax)));
}

function replyOf(context: Context, declared: Route): Reply {
  return (body, { status = declared.status, headers = {} } = {}) =>
    context.body(body as string, status as ContentfulStatusCode, headers);
}
