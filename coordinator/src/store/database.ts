import { createClient } from '@libsql/client';
import { drizzle, type LibSQLDatabase } from 'drizzle-orm/libsql';
import { migrate } from 'drizzle-orm/libsql/migrator';
import { pathToFileURL } from 'node:url';
import { SedgeError } from '@sedge/protocol';
import { TaskQueue } from '@sedge/kit';

export type Queries = LibSQLDatabase;

export interface DatabaseOptions {
  readonly path: string;
  readonly migrationsFolder: string;
  /** FULL survives a power cut with every commit; NORMAL may lose the last ones, and stays whole. */
  readonly synchronous: 'FULL' | 'NORMAL';
}

const WRITES_WAITING_MAX = 20_000;

/**
 * One SQLite file. All writes go through one queue, and several statements that belong together are one `batch`:
 * interactive transactions take a second connection, which has other PRAGMAs and meets SQLITE_BUSY.
 */
export class Database {
  readonly #queries: Queries;
  readonly #close: () => void;
  readonly #writes = new TaskQueue(WRITES_WAITING_MAX);

  private constructor(queries: Queries, close: () => void) {
    this.#queries = queries;
    this.#close = close;
  }

  /** Opens or makes the file and brings it up to date; call it under the folder lock. Throws STATE_UNREADABLE. */
  static async open({ path, migrationsFolder, synchronous }: DatabaseOptions): Promise<Database> {
    try {
      // With one connection and no interactive transactions the PRAGMAs hold for every statement.
      const client = createClient({ url: pathToFileURL(path).href, concurrency: 1 });
      await client.execute('PRAGMA journal_mode = WAL');
      await client.execute(`PRAGMA synchronous = ${synchronous}`);
      const queries = drizzle(client);
      await migrate(queries, { migrationsFolder });
      return new Database(queries, () => client.close());
    } catch (cause) {
      throw new SedgeError('STATE_UNREADABLE', `the database ${path} cannot be used`, { cause, expose: true });
    }
  }

  /** For reading only. */
  get read(): Queries {
    return this.#queries;
  }

  /** Runs when all writes before it are done. Throws OVERLOADED when too many wait, STOPPING after `close`. */
  write<Result>(task: (queries: Queries) => Promise<Result>): Promise<Result> {
    return this.#writes.run(() => task(this.#queries));
  }

  /** Finishes the writes that wait. Fine twice. */
  async close(): Promise<void> {
    await this.#writes.close();
    this.#close();
  }
}
