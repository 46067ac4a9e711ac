import { parseJsonBody, readBody, type Log } from '@sedge/kit';
import { asSedgeError, SedgeError } from '@sedge/protocol';
import {
  inferErrorOf,
  modelMetadataOf,
  responseHeaders,
  type ModelMetadata,
  type ServerMetadata,
} from '@sedge/protocol/open-inference';
import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ReadyModel } from '../models/loaded-model.ts';
import { AGENT_VERSION } from '../version.ts';
import type { Admission } from './admission.ts';
import { refuseForeignHost } from './local-host.ts';
import { inferLocally } from './local-inference.ts';
import type { TokenCheck } from './local-token.ts';
import { repositoryIndex } from './repository-index.ts';
import type { PullJobs } from '../external-trainer/pull-jobs.ts';
import { functionOf, modelNameOf, modelVersionOf, type ServedModels } from './served-models.ts';
import { addTrainer } from './trainer-routes.ts';

export interface DoorAppOptions {
  readonly models: ServedModels;
  readonly trainerJobs: PullJobs;
  readonly token: Pick<TokenCheck, 'admit'>;
  readonly admission: Admission;
  readonly log: Log;
}

/** A load balancer or a supervisor may ask these without a token. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/v2/health/live', '/v2/health/ready']);
const SERVER: ServerMetadata = { name: 'sedge-agent', version: AGENT_VERSION, extensions: ['binary_tensor_data'] };
const RETRY_AFTER_S = '1';
const INDEX_BODY_BYTES_MAX = 1_024;

/** The Open Inference Protocol v2 for programs on this machine, and rounds for those that train. */
export function doorApp(options: DoorAppOptions): Hono {
  const app = new Hono({ strict: false });
  app.use(async (context, next) => {
    refuseForeignHost(context.req.header('host'));
    if (!OPEN_PATHS.has(context.req.path)) await options.token.admit(context.req.header('authorization'));
    await next();
  });
  addServer(app, options);
  for (const path of ['/v2/models/:name', '/v2/models/:name/versions/:version']) addModel(app, path, options);
  addTrainer(app, options);
  refuseOtherMethods(app);
  app.notFound((context) => refuse(context, new SedgeError('NOT_FOUND', `nothing is at ${context.req.path}`), options));
  app.onError((error, context) => refuse(context, error, options));
  return app;
}

function addServer(app: Hono, { models }: DoorAppOptions): void {
  app.get('/v2', (context) => context.json(SERVER));
  // Models are brought to ready one by one and each says so for itself, so an open door is a ready server.
  for (const path of OPEN_PATHS) app.get(path, (context) => context.body(null, 200));
  app.post('/v2/repository/index', async (context) => {
    return context.json(repositoryIndex(models.statuses(), await asksForReady(context.req.raw)));
  });
}

function addModel(app: Hono, path: string, { models, admission }: DoorAppOptions): void {
  const find = ({ req }: Context): ReadyModel => {
    const version = req.param('version');
    return models.resolve(
      modelNameOf(req.param('name') ?? ''),
      version === undefined ? undefined : modelVersionOf(version),
    );
  };
  app.get(path, (context) => context.json(metadataOf(models, find(context))));
  app.get(`${path}/ready`, (context) => {
    find(context);
    return context.body(null, 200);
  });
  app.post(`${path}/infer`, async (context) => {
    const encoded = await inferLocally(find(context), context.req.raw, admission);
    return context.body(encoded.body, 200, responseHeaders(encoded));
  });
}

/** A known address with another method is 405 and says which one it takes (RFC 9110 §15.5.6). */
function refuseOtherMethods(app: Hono): void {
  for (const { path, method } of app.routes.filter((route) => route.method !== 'ALL')) {
    app.all(path, (context) => {
      context.header('allow', method);
      throw new SedgeError('METHOD_NOT_ALLOWED', `${context.req.path} takes ${method}`, { expose: true });
    });
  }
}

function metadataOf(models: ServedModels, { manifest }: ReadyModel): ModelMetadata {
  const { name, format } = manifest;
  return modelMetadataOf({ name, format, versions: models.readyVersions(name), spec: functionOf(manifest, undefined) });
}

/** Clients in the wild send the request of the index without a body. Throws BAD_JSON. */
async function asksForReady(request: Request): Promise<boolean> {
  const body = await readBody(request, INDEX_BODY_BYTES_MAX);
  if (body.byteLength === 0) return false;
  return (parseJsonBody(body) as { ready?: unknown } | null)?.ready === true;
}

/** The answer to a request that failed, whatever with. */
function refuse(context: Context, cause: unknown, { log }: DoorAppOptions): Response {
  const error = asSedgeError(cause);
  const { path, method } = context.req;
  const isAlone = context.req.raw.signal.aborted;
  if (error.status >= 500 && !isAlone) log.warn('a local request failed', { method, path, error });
  else log.debug('a local request was not answered', { method, path, error });
  return context.json(inferErrorOf(error), error.status as ContentfulStatusCode, {
    ...(error.status === 401 && { 'www-authenticate': 'Bearer realm="sedge-agent"' }),
    ...(error.status === 503 && { 'retry-after': RETRY_AFTER_S }),
  });
}
