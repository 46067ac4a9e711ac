import type { Envelope, ModelRef, NodeId, RunId, RunPlan } from '@sedge/protocol';
import type { Digest } from '@sedge/protocol';
import type { RoundView, RunView } from '@sedge/protocol/routes';
import { and, asc, desc, eq, gt, inArray, lt } from 'drizzle-orm';
import type { Database } from './database.ts';
import { rounds, runEvents, runs } from './durable-schema.ts';
import { withoutNulls } from './without-nulls.ts';

/** A federated run as it is stored; `state` of an unfinished one is `created` or `running`. */
export interface StoredRun {
  readonly id: RunId;
  readonly plan: RunPlan;
  readonly state: RunView['state'];
  readonly population: readonly NodeId[];
  /** The global weights after the last aggregated round. */
  readonly weights: Digest;
  readonly delegation?: Envelope;
  readonly published?: ModelRef;
  readonly error?: { readonly code: string; readonly detail: string };
  readonly createdAtMs: number;
  readonly endedAtMs?: number;
}

/** One thing that happened to a run; `sequence` counts from 0 per run. */
export interface StoredRunEvent {
  readonly run: RunId;
  readonly sequence: number;
  readonly event: unknown;
  readonly atMs: number;
}

/** Runs, everything that happened to them, and the history of their rounds. All of it is on the disk when it resolves. */
export class RunRows {
  readonly #durable: Database;

  constructor(durable: Database) {
    this.#durable = durable;
  }

  async addRun({ population, ...run }: StoredRun): Promise<void> {
    await this.#durable.write((queries) => queries.insert(runs).values({ ...run, population: [...population] }));
  }

  async updateRun(
    id: RunId,
    change: Partial<Omit<StoredRun, 'id' | 'plan' | 'population' | 'createdAtMs'>>,
  ): Promise<void> {
    await this.#durable.write((queries) => queries.update(runs).set(change).where(eq(runs.id, id)));
  }

  async getRun(id: RunId): Promise<StoredRun | undefined> {
    const [row] = await this.#durable.read.select().from(runs).where(eq(runs.id, id));
    return row === undefined ? undefined : withoutNulls(row);
  }

  /** Newest first, made before the run `after`. */
  async listRuns(limit: number, after?: RunId): Promise<StoredRun[]> {
    const last = after === undefined ? undefined : await this.getRun(after);
    const isOlder = last === undefined ? undefined : lt(runs.createdAtMs, last.createdAtMs);
    const rows = await this.#durable.read
      .select()
      .from(runs)
      .where(isOlder)
      .orderBy(desc(runs.createdAtMs), desc(runs.id))
      .limit(limit);
    return rows.map(withoutNulls);
  }

  /** What a coordinator that was started again has to take up. */
  async unfinishedRuns(): Promise<StoredRun[]> {
    const rows = await this.#durable.read
      .select()
      .from(runs)
      .where(inArray(runs.state, ['created', 'running']))
      .orderBy(asc(runs.createdAtMs));
    return rows.map(withoutNulls);
  }

  /** Refuses a sequence that is taken: the primary key holds. */
  async appendRunEvent(event: StoredRunEvent): Promise<void> {
    await this.#durable.write((queries) => queries.insert(runEvents).values(event));
  }

  async loadRunEvents(run: RunId): Promise<StoredRunEvent[]> {
    return this.#durable.read.select().from(runEvents).where(eq(runEvents.run, run)).orderBy(asc(runEvents.sequence));
  }

  /** A closed round; the same round again replaces it. */
  async saveRound(run: RunId, view: RoundView): Promise<void> {
    const row = { run, round: view.round, view };
    await this.#durable.write((queries) =>
      queries
        .insert(rounds)
        .values(row)
        .onConflictDoUpdate({ target: [rounds.run, rounds.round], set: { view } }),
    );
  }

  async listRounds(run: RunId, limit?: number, afterRound = 0): Promise<RoundView[]> {
    const query = this.#durable.read
      .select({ view: rounds.view })
      .from(rounds)
      .where(and(eq(rounds.run, run), gt(rounds.round, afterRound)))
      .orderBy(asc(rounds.round));
    const rows = await (limit === undefined ? query : query.limit(limit));
    return rows.map(({ view }) => view);
  }
}
