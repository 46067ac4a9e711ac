import { SedgeError } from '@sedge/protocol';
import type { Handlers } from '../handler.ts';
import { pageFrom } from '../paging.ts';
import type { HttpRooms } from '../rooms.ts';

export function ledgerRoutes({ ledger }: Pick<HttpRooms, 'ledger'>): Pick<Handlers, 'listLedger'> {
  return {
    listLedger: async ({ query: { limit, after } }) =>
      pageFrom(await ledger.list(limit + 1, indexOf(after)), limit, ({ index }) => String(index)),
  };
}

function indexOf(after: string | undefined): number | undefined {
  if (after === undefined) return undefined;
  if (/^\d{1,15}$/.test(after)) return Number(after);
  throw new SedgeError('INVALID_FIELD', 'after must be the index of an entry', { expose: true });
}
