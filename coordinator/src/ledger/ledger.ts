import type { Crypto, Digest, KeyPair } from '@sedge/protocol';
import type { LedgerEntryView } from '@sedge/protocol/routes';
import { type Clock, TaskQueue } from '@sedge/kit';
import type { Emit } from '../events/event-hub.ts';
import { chainEntry, checkEntry, GENESIS, type LedgerEntry } from './chain.ts';

export const LEDGER_KINDS = [
  'node.enrolled',
  'node.removed',
  'publisher.added',
  'token.created',
  'token.revoked',
  'model.published',
  'model.deleted',
  'model.released',
  'deployment.created',
  'deployment.deleted',
  'dataset.added',
  'run.created',
  'round.released',
  'run.ended',
] as const;
export type LedgerKind = (typeof LEDGER_KINDS)[number];

/** Resolves when the entry is on the disk: only then may what it tells of take effect. */
export type AppendToLedger = (kind: LedgerKind, body: Readonly<Record<string, unknown>>) => Promise<LedgerEntry>;

export interface LedgerStore {
  append(entry: LedgerEntry): Promise<void>;
  last(): Promise<LedgerEntry | undefined>;
  /** In order of the index, from `fromIndex` on. */
  list(fromIndex: number, limit: number): Promise<LedgerEntry[]>;
}

export interface LedgerOptions {
  readonly store: LedgerStore;
  readonly key: KeyPair;
  readonly crypto: Pick<Crypto, 'sha256' | 'sign' | 'verify'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly emit: Emit;
}

const APPENDS_WAITING_MAX = 10_000;
const VERIFY_PAGE = 500;

/** What took effect here, append-only: each entry is signed and chained to the one before. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #appends = new TaskQueue(APPENDS_WAITING_MAX);

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Throws OVERLOADED when too many appends wait. */
  readonly append: AppendToLedger = (kind, body) =>
    this.#appends.run(async () => {
      const { store, crypto, clock, key, emit } = this.#options;
      const last = await store.last();
      const content = { index: (last?.index ?? -1) + 1, atMs: clock.now(), kind, body: plainJson(body) };
      const entry = chainEntry(crypto, last?.hash ?? GENESIS, content, key);
      await store.append(entry);
      emit('ledger.appended', String(entry.index), { index: entry.index, kind, hash: entry.hash });
      return entry;
    });

  /** A page of entries, oldest first, after the entry with the index `after`. */
  async list(limit: number, after?: number): Promise<LedgerEntryView[]> {
    return (await this.#options.store.list((after ?? -1) + 1, limit)).map(ledgerEntryView);
  }

  /** Walks all entries. Throws SIGNATURE_INVALID at the first that does not fit. */
  async verify(): Promise<{ length: number; head: Digest }> {
    const { store, crypto, key } = this.#options;
    let head = GENESIS;
    let length = 0;
    for (let page = await store.list(0, VERIFY_PAGE); page.length > 0; page = await store.list(length, VERIFY_PAGE)) {
      for (const entry of page) {
        checkEntry(crypto, head, length, entry, key.publicKey);
        head = entry.hash;
        length += 1;
      }
    }
    return { length, head };
  }

  /** Takes no more entries and finishes those that wait. */
  stop(): Promise<void> {
    return this.#appends.close();
  }
}

export function ledgerEntryView({ atMs, ...entry }: LedgerEntry): LedgerEntryView {
  return { ...entry, body: { ...entry.body }, at: new Date(atMs).toISOString() };
}

/** As it will be read back, so that the hash over it is the same then. */
function plainJson(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
}
