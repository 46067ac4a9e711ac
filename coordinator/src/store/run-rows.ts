import { type RunId, runPlan, SedgeError } from '@sedge/protocol';
import { asc, count, eq } from 'drizzle-orm';
import type { RunStore, StoredRun } from '../federation/ports.ts';
import type { RunEvent } from '../federation/run-state.ts';
import type { Database } from './database.ts';
import { runEvents, runs } from './durable-schema.ts';
import { withoutNulls } from './without-nulls.ts';

/** Runs, and everything that happened to them. All of it is on the disk when it resolves. */
export class RunRows implements RunStore {
  readonly #durable: Database;

  constructor(durable: Database) {
    this.#durable = durable;
  }

  create({ createdAt, ...run }: StoredRun): Promise<void> {
    return this.#durable.write(async (queries) => {
      const inserted = queries.insert(runs).values({ ...run, createdAtMs: createdAt });
      const [made] = await inserted.onConflictDoNothing().returning({ id: runs.id });
      if (made === undefined) throw new SedgeError('RUN_EXISTS', `there is a run ${run.id}`, { expose: true });
    });
  }

  append(run: RunId, events: readonly RunEvent[]): Promise<void> {
    return this.#durable.write(async (queries) => {
      if (events.length === 0) return;
      const [stored] = await queries.select({ count: count() }).from(runEvents).where(eq(runEvents.run, run));
      const first = stored?.count ?? 0;
      await queries.insert(runEvents).values(events.map((event, at) => ({ run, sequence: first + at, event })));
    });
  }

  async load(): Promise<{ run: StoredRun; events: RunEvent[] }[]> {
    const rows = await this.#durable.read.select().from(runs).orderBy(asc(runs.createdAtMs), asc(runs.id));
    return Promise.all(
      rows.map(withoutNulls).map(async ({ createdAtMs, ...run }) => ({
        // Written by an earlier version, a plan lacks the fields that came since: their defaults are what it meant.
        run: { ...run, plan: runPlan.parse(run.plan), createdAt: createdAtMs },
        events: await this.#events(run.id),
      })),
    );
  }

  async #events(run: RunId): Promise<RunEvent[]> {
    const rows = await this.#durable.read
      .select({ event: runEvents.event })
      .from(runEvents)
      .where(eq(runEvents.run, run))
      .orderBy(asc(runEvents.sequence));
    return rows.map(({ event }) => event);
  }
}
