import { asc, desc, gte } from 'drizzle-orm';
import type { LedgerEntry } from '../ledger/chain.ts';
import type { LedgerStore } from '../ledger/ledger.ts';
import type { Database } from './database.ts';
import { ledger } from './durable-schema.ts';

/** The ledger: rows are added and never changed. */
export class LedgerRows implements LedgerStore {
  readonly #durable: Database;

  constructor(durable: Database) {
    this.#durable = durable;
  }

  async append(entry: LedgerEntry): Promise<void> {
    await this.#durable.write((queries) => queries.insert(ledger).values({ ...entry, body: { ...entry.body } }));
  }

  async last(): Promise<LedgerEntry | undefined> {
    const [row] = await this.#durable.read.select().from(ledger).orderBy(desc(ledger.index)).limit(1);
    return row;
  }

  async list(fromIndex: number, limit: number): Promise<LedgerEntry[]> {
    return this.#durable.read
      .select()
      .from(ledger)
      .where(gte(ledger.index, fromIndex))
      .orderBy(asc(ledger.index))
      .limit(limit);
  }
}
