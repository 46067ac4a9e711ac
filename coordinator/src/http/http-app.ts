import { type Access, SedgeError } from '@sedge/protocol';
import { type RouteName, type Route, routes } from '@sedge/protocol/routes';
import { type Clock, newId } from '@sedge/kit';
import { Hono } from 'hono';
import type { Handler, Handlers } from './handler.ts';
import { honoPath, mount, type MountOptions, refuse } from './mount.ts';
import type { HttpRooms } from './rooms.ts';
import { accessRoutes } from './routes/access.ts';
import { contentRoutes } from './routes/content.ts';
import { coordinatorRoutes } from './routes/coordinator.ts';
import { datasetRoutes } from './routes/datasets.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { documentRoutes } from './routes/documents.ts';
import { healthRoutes, type MetricsSource } from './routes/health.ts';
import { inferenceRoutes } from './routes/inference.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { modelRoutes } from './routes/models.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { runRoutes } from './routes/runs.ts';
import { type StaticFile, staticFiles } from './static-files.ts';

export interface HttpAppOptions extends Omit<MountOptions, 'authenticate'> {
  readonly rooms: HttpRooms;
  readonly metrics: MetricsSource;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** Lets /metrics be read without a token. */
  readonly isMetricsOpen?: boolean;
}

/** Every address of the coordinator, ready to answer. */
export function httpApp(options: HttpAppOptions): Hono {
  const app = new Hono();
  const handlers = handlersOf(options);
  const mounting = { ...options, authenticate: options.rooms.authenticate };
  for (const name of Object.keys(routes) as RouteName[]) {
    mount(app, name, declaredRoute(name, options), handlers[name] as Handler<Route>, mounting);
  }
  for (const [path, load] of staticFiles) mountFile(app, path, load, options);
  refuseOtherMethods(app, options);
  app.notFound((context) => {
    const error = new SedgeError('NOT_FOUND', `nothing is at ${context.req.path}`);
    return refuse(context, error, newId(options.randomness, 'req'), options.log);
  });
  app.onError((error, context) => refuse(context, error, newId(options.randomness, 'req'), options.log));
  return app;
}

function handlersOf({ rooms, metrics, clock }: HttpAppOptions): Handlers {
  return {
    ...coordinatorRoutes(rooms, clock),
    ...nodeRoutes(rooms),
    ...accessRoutes(rooms),
    ...contentRoutes(rooms),
    ...modelRoutes(rooms),
    ...deploymentRoutes(rooms),
    ...datasetRoutes(rooms),
    ...runRoutes(rooms),
    ...ledgerRoutes(rooms),
    ...inferenceRoutes(rooms),
    ...documentRoutes(rooms),
    ...healthRoutes(rooms, metrics),
  };
}

function declaredRoute(name: RouteName, { isMetricsOpen = false }: HttpAppOptions): Route {
  const declared: Route = routes[name];
  const open: Access = { public: true };
  return name === 'metrics' && isMetricsOpen ? { ...declared, access: open } : declared;
}

function mountFile(app: Hono, path: string, load: () => Promise<StaticFile>, { randomness }: HttpAppOptions): void {
  app.get(path, async (context) => {
    context.header('x-request-id', newId(randomness, 'req'));
    const { body, headers } = await load();
    return context.body(body, 200, headers);
  });
}

/** A known address with another method is 405 and says which ones it takes (RFC 9110 §15.5.6). */
function refuseOtherMethods(app: Hono, { randomness, log }: HttpAppOptions): void {
  for (const [path, methods] of methodsByPath()) {
    const allow = [...methods, ...(methods.has('GET') ? ['HEAD'] : [])].join(', ');
    app.all(honoPath(path), (context) => {
      context.header('allow', allow);
      const error = new SedgeError('METHOD_NOT_ALLOWED', `${path} takes ${allow}`, { expose: true });
      return refuse(context, error, newId(randomness, 'req'), log);
    });
  }
}

function methodsByPath(): Map<string, Set<string>> {
  const methods = new Map<string, Set<string>>([...staticFiles.keys()].map((path) => [path, new Set(['GET'])]));
  for (const { path, method } of Object.values(routes) as Route[]) {
    methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  return methods;
}
