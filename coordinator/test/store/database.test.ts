import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { Database } from '../../src/store/database.ts';
import { deployments, publishers } from '../../src/store/durable-schema.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { DeploymentId, KeyId, ModelName } from '@sedge/protocol';

const MIGRATIONS = fileURLToPath(new URL('../../migrations/durable', import.meta.url));

function open(folder: string, migrationsFolder = MIGRATIONS): Promise<Database> {
  return Database.open({ path: join(folder, 'durable.db'), migrationsFolder, synchronous: 'FULL' });
}

function deployment(number: number): typeof deployments.$inferInsert {
  const model = { name: 'digits' as ModelName, version: number };
  return { id: `dep-${number}` as DeploymentId, model, selector: 'all', createdAtMs: number };
}

/** A folder of migrations with one more at its end. */
async function migrationsWith(folder: string, statement: string): Promise<string> {
  const path = join(folder, 'migrations');
  await cp(MIGRATIONS, path, { recursive: true });
  const journal = JSON.parse(await readFile(join(path, 'meta/_journal.json'), 'utf8')) as {
    entries: { idx: number; when: number; tag: string; version: string; breakpoints: boolean }[];
  };
  const last = journal.entries.at(-1);
  if (last === undefined) throw new Error('there are migrations');
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: '9999_later' });
  await writeFile(join(path, 'meta/_journal.json'), JSON.stringify(journal));
  await writeFile(join(path, '9999_later.sql'), statement);
  return path;
}

describe('Database', () => {
  it('takes 50 writers at once without one being lost or refused', async () => {
    await using folder = await temporaryFolder();
    const database = await open(folder.path);
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    await Promise.all(
      numbers.map((number) =>
        database.write((queries) =>
          queries.batch([
            queries.insert(deployments).values(deployment(number)),
            queries.insert(publishers).values({ keyId: `${number}` as KeyId, name: 'x', publicKey: 'y', addedAtMs: 0 }),
          ]),
        ),
      ),
    );
    expect(await database.read.$count(deployments)).toBe(50);
    expect(await database.read.$count(publishers)).toBe(50);
    await database.close();
  });

  it('keeps its PRAGMAs under reads and writes at once: there is one connection', async () => {
    await using folder = await temporaryFolder();
    const database = await open(folder.path);
    const synchronous = Array.from({ length: 20 }, async () => database.read.all(sql`PRAGMA synchronous`));
    const writes = Array.from({ length: 20 }, (_, number) =>
      database.write((queries) => queries.insert(deployments).values(deployment(number))),
    );
    // 2 is FULL (SQLite, "PRAGMA synchronous").
    expect(await Promise.all(synchronous)).toEqual(Array.from({ length: 20 }, () => [{ synchronous: 2 }]));
    await Promise.all(writes);
    expect(await database.read.all(sql`PRAGMA journal_mode`)).toEqual([{ journal_mode: 'wal' }]);
    await database.close();
  });

  it('makes a batch whole or not at all', async () => {
    await using folder = await temporaryFolder();
    const database = await open(folder.path);
    const twice = database.write((queries) =>
      queries.batch([
        queries.insert(deployments).values(deployment(1)),
        queries.insert(deployments).values(deployment(1)),
      ]),
    );
    await expect(twice).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT' });
    expect(await database.read.$count(deployments)).toBe(0);
    await database.write((queries) => queries.insert(deployments).values(deployment(1)));
    expect(await database.read.$count(deployments)).toBe(1);
    await database.close();
  });

  it('brings an existing file up to date and keeps what is in it', async () => {
    await using folder = await temporaryFolder();
    const before = await open(folder.path);
    await before.write((queries) => queries.insert(deployments).values(deployment(7)));
    await before.close();
    const migrations = await migrationsWith(folder.path, 'ALTER TABLE `deployments` ADD `note` text;');
    const after = await open(folder.path, migrations);
    expect(await after.read.all(sql`SELECT id, note FROM deployments`)).toEqual([{ id: 'dep-7', note: null }]);
    await after.close();
    const again = await open(folder.path, migrations);
    expect(await again.read.$count(deployments)).toBe(1);
    await again.close();
  });

  it('leaves the file as it was when a migration fails', async () => {
    await using folder = await temporaryFolder();
    const before = await open(folder.path);
    await before.write((queries) => queries.insert(deployments).values(deployment(7)));
    await before.close();
    const broken = await migrationsWith(
      folder.path,
      'ALTER TABLE `deployments` ADD `note` text;\n--> statement-breakpoint\nALTER TABLE `nowhere` ADD `note` text;',
    );
    await expect(open(folder.path, broken)).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
    const after = await open(folder.path);
    const columns = await after.read.all<{ name: string }>(sql`SELECT name FROM pragma_table_info('deployments')`);
    expect(columns.map(({ name }) => name)).not.toContain('note');
    await after.close();
  });

  it('says STATE_UNREADABLE for a file that is no database', async () => {
    await using folder = await temporaryFolder();
    await mkdir(folder.path, { recursive: true });
    await writeFile(
      join(folder.path, 'durable.db'),
      'not a database at all, but long enough to look at its header '.repeat(20),
    );
    await expect(open(folder.path)).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
  });

  it('refuses writes with STOPPING once it is closed, after it finished those that waited', async () => {
    await using folder = await temporaryFolder();
    const database = await open(folder.path);
    const waiting = database.write((queries) => queries.insert(deployments).values(deployment(1)));
    const closed = database.close();
    await expect(database.write(async () => undefined)).rejects.toMatchObject({ code: 'STOPPING' });
    await expect(waiting).resolves.toBeDefined();
    await closed;
  });
});
