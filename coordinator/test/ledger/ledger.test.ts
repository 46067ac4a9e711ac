import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { GENESIS } from '../../src/ledger/chain.ts';
import { Database } from '../../src/store/database.ts';
import { openHouse } from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MIGRATIONS = fileURLToPath(new URL('../../migrations/durable', import.meta.url));

/** A ledger of the admin token and four more entries, closed again. */
async function writtenLedger(folder: string): Promise<void> {
  await using house = await openHouse(folder);
  for (const version of [1, 2, 3, 4]) await house.rooms.ledger.append('model.published', { version, name: 'digits' });
}

async function change(folder: string, statement: string): Promise<void> {
  const database = await Database.open({
    path: join(folder, 'durable.db'),
    migrationsFolder: MIGRATIONS,
    synchronous: 'FULL',
  });
  await database.write((queries) => queries.run(sql.raw(statement)));
  await database.close();
}

describe('Ledger', () => {
  it('chains each entry to the one before, by the documented hash', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    await house.rooms.ledger.append('run.created', { run: 'r1', rounds: 3 });
    const [first, second] = await house.rooms.ledger.list(10);
    // Worked out with node:crypto from the words of the schema: previous hash, line feed, entry as JSON.
    const expected = createHash('sha256')
      .update(
        `${first?.hash}\n{"index":1,"at":"2026-01-01T00:00:00.000Z","kind":"run.created","body":{"run":"r1","rounds":3}}`,
      )
      .digest('hex');
    expect(second?.hash).toBe(`sha256:${expected}`);
    expect(first?.index).toBe(0);
    expect(GENESIS).toBe(`sha256:${'0'.repeat(64)}`);
  });

  it('keeps 50 appends at once in one unbroken chain', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const appends = Array.from({ length: 50 }, (_, run) => house.rooms.ledger.append('run.created', { run }));
    const entries = await Promise.all(appends);
    expect(entries.map(({ index }) => index)).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
    expect(await house.rooms.ledger.verify()).toEqual({ length: 51, head: entries.at(-1)?.hash });
  });

  it('goes on with the same chain after a restart', async () => {
    await using folder = await temporaryFolder();
    await writtenLedger(folder.path);
    await using house = await openHouse(folder.path);
    await house.rooms.ledger.append('run.ended', { run: 'r1' });
    expect((await house.rooms.ledger.verify()).length).toBe(6);
    expect((await house.rooms.ledger.list(2, 3)).map(({ index }) => index)).toEqual([4, 5]);
  });

  it.each([
    ['a body was changed', `UPDATE ledger SET body = '{"version":9,"name":"digits"}' WHERE "index" = 2`, 2],
    ['a kind was changed', `UPDATE ledger SET kind = 'model.deleted' WHERE "index" = 3`, 3],
    ['a time was changed', `UPDATE ledger SET at_ms = at_ms + 1 WHERE "index" = 1`, 1],
    ['an entry was taken out', `DELETE FROM ledger WHERE "index" = 2`, 3],
    [
      'a signature was changed',
      `UPDATE ledger SET signature = (SELECT signature FROM ledger WHERE "index" = 1) WHERE "index" = 4`,
      4,
    ],
    [
      'an entry and its hash were changed',
      `UPDATE ledger SET kind = 'run.ended', hash = 'sha256:${'a'.repeat(64)}' WHERE "index" = 2`,
      2,
    ],
  ])('notices when %s', async (_, statement, index) => {
    await using folder = await temporaryFolder();
    await writtenLedger(folder.path);
    await change(folder.path, statement);
    await using house = await openHouse(folder.path);
    await expect(house.rooms.ledger.verify()).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
      detail: expect.stringContaining(`entry ${index} `),
    });
  });
});
