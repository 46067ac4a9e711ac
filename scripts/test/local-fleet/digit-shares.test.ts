import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { shareDigits, SPLITS, type Split } from '../../src/local-fleet/digit-shares.ts';

const NODES = 10;
/** 60 rows, ten classes in turn. */
const labels = Array.from({ length: 60 }, (_, row) => row % 10);

async function rowsOf(split: Split): Promise<number[][]> {
  await using folder = await temporaryFolder();
  const shares = await shareDigits(
    { file: '/digits.csv', labels, split, folder: join(folder.path, 'rows'), seed: 'test' },
    'digits',
    NODES,
  );
  return Promise.all(shares.map(async ({ rows = '' }) => JSON.parse(await readFile(rows, 'utf8')) as number[]));
}

describe('shares of the digits', () => {
  it.each(SPLITS)('hold every row once when they are divided as %s', async (split) => {
    const rows = await rowsOf(split);
    expect(rows).toHaveLength(NODES);
    expect(rows.flat().sort((left, right) => left - right)).toEqual(labels.map((_, row) => row));
  });

  it('show a node at most four classes in two shards, and more when they are divided alike', async () => {
    const classes = (rows: number[]): number => new Set(rows.map((row) => labels[row])).size;
    const [few, many] = [await rowsOf('two-shard'), await rowsOf('iid')].map((parts) => parts.map(classes));
    // Shards of three rows out of sorted runs of six: each lies within one class.
    expect(Math.max(...(few ?? []))).toBeLessThanOrEqual(4);
    expect(Math.max(...(many ?? []))).toBeGreaterThan(4);
  });
});
