import type { Handlers } from '../handler.ts';
import { pageFrom } from '../paging.ts';
import type { HttpRooms } from '../rooms.ts';

type NodeRoutes = Pick<Handlers, 'enrol' | 'listNodes' | 'getNode' | 'updateNode' | 'removeNode' | 'releaseModel'>;

export function nodeRoutes({
  enrolments,
  fleet,
  releaseModel,
  disconnect,
}: Pick<HttpRooms, 'enrolments' | 'fleet' | 'releaseModel' | 'disconnect'>): NodeRoutes {
  return {
    enrol: ({ body }) => enrolments.enrol(body),
    listNodes: ({ query }) => {
      const found = fleet.list({ ...query, limit: query.limit + 1 });
      return pageFrom(found, query.limit, ({ id }) => id);
    },
    getNode: ({ path }) => fleet.get(path.node),
    updateNode: ({ path, body }) => fleet.update(path.node, body),
    releaseModel: ({ path, body }) => releaseModel(path.node, body.model),
    removeNode: async ({ path }) => disconnect(await fleet.remove(path.node)),
  };
}
