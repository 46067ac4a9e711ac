import type { TokenId } from '@sedge/protocol';
import type { Handlers } from '../handler.ts';
import { pageFrom, pageOf } from '../paging.ts';
import type { HttpRooms } from '../rooms.ts';

type AccessRoutes = Pick<
  Handlers,
  | 'createEnrolmentToken'
  | 'listEnrolmentTokens'
  | 'createToken'
  | 'listTokens'
  | 'revokeToken'
  | 'addPublisher'
  | 'listPublishers'
>;

export function accessRoutes({
  enrolmentTokens,
  apiTokens,
  publishers,
}: Pick<HttpRooms, 'enrolmentTokens' | 'apiTokens' | 'publishers'>): AccessRoutes {
  return {
    createEnrolmentToken: async ({ body }) => ({ tokens: await enrolmentTokens.create(body.count) }),
    listEnrolmentTokens: async ({ query: { limit, after } }) =>
      pageFrom(await enrolmentTokens.list(limit + 1, after), limit, ({ id }) => id),
    createToken: ({ body }) => apiTokens.create(body),
    listTokens: ({ query }) => pageOf(apiTokens.list(), query, ({ id }) => id),
    revokeToken: ({ path }) => apiTokens.revoke(path.token as TokenId),
    addPublisher: ({ body }) => publishers.add(body),
    listPublishers: () => ({ items: publishers.list() }),
  };
}
