import type { ModelRef } from '@sedge/protocol';
import { and, eq } from 'drizzle-orm';
import type { StoredVersion } from '../models/model-version.ts';
import type { ModelStore } from '../models/models.ts';
import type { Database } from './database.ts';
import { modelVersions } from './durable-schema.ts';
import { withoutNulls } from './without-nulls.ts';

/** Published versions, deleted ones too. */
export class ModelRows implements ModelStore {
  readonly #durable: Database;

  constructor(durable: Database) {
    this.#durable = durable;
  }

  async loadVersions(): Promise<StoredVersion[]> {
    const rows = await this.#durable.read.select().from(modelVersions);
    return rows.map(withoutNulls).map(({ name, version, ...rest }) => ({ ref: { name, version }, ...rest }));
  }

  async addVersion({ ref, signed, publishedAtMs, inspection }: StoredVersion): Promise<void> {
    const row = { ...ref, signed, publishedAtMs, inspection: inspection ?? null };
    await this.#durable.write((queries) => queries.insert(modelVersions).values(row));
  }

  async deleteVersion({ name, version }: ModelRef, atMs: number): Promise<void> {
    await this.#durable.write((queries) =>
      queries
        .update(modelVersions)
        .set({ deletedAtMs: atMs })
        .where(and(eq(modelVersions.name, name), eq(modelVersions.version, version))),
    );
  }
}
