import type { Handlers } from '../handler.ts';
import { pageFrom } from '../paging.ts';
import type { HttpRooms } from '../rooms.ts';

type NodeRoutes = Pick<Handlers, 'enrol' | 'listNodes' | 'getNode' | 'updateNode' | 'removeNode'>;

export function nodeRoutes({
  enrolments,
  fleet,
  disconnect,
}: Pick<HttpRooms, 'enrolments' | 'fleet' | 'disconnect'>): NodeRoutes {
  return {
    enrol: ({ body }) => enrolments.enrol(body),
    listNodes: ({ query }) => {
      const found = fleet.list({ ...query, limit: query.limit + 1 });
      return pageFrom(found, query.limit, ({ id }) => id);
    },
    getNode: ({ path }) => fleet.get(path.node),
    updateNode: ({ path, body }) => fleet.update(path.node, body),
    removeNode: async ({ path }) => disconnect(await fleet.remove(path.node)),
  };
}
