import { runId, type RunId, SedgeError } from '@sedge/protocol';
import type { Handlers } from '../handler.ts';
import { pageOf } from '../paging.ts';
import type { HttpRooms } from '../rooms.ts';

type RunRoutes = Pick<Handlers, 'planRun' | 'createRun' | 'listRuns' | 'getRun' | 'getRounds' | 'stopRun'>;

export function runRoutes({ runs }: Pick<HttpRooms, 'runs'>): RunRoutes {
  return {
    planRun: ({ body }) => runs.plan(body),
    createRun: ({ body }) => runs.create(body),
    listRuns: ({ query }) => pageOf(runs.list(), query, ({ id }) => id),
    getRun: ({ path }) => runs.get(runIdOf(path.run)),
    getRounds: ({ path }) => ({ items: runs.rounds(runIdOf(path.run)) }),
    stopRun: ({ path }) => runs.endRun(runIdOf(path.run)),
  };
}

function runIdOf(text: string): RunId {
  const id = runId.safeParse(text);
  if (!id.success) throw new SedgeError('RUN_NOT_FOUND', `there is no run ${text}`, { expose: true });
  return id.data;
}
