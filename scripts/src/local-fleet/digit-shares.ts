import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandomness } from '@sedge/kit';
import { DIGIT_CLASSES, DIGIT_PIXELS } from '../data/digits-table.ts';
import { DIGIT_SCALE } from '../data/digits.ts';
import { iidPartition } from '../data/partitions.ts';
import type { DatasetShare } from './agent-process.ts';

export interface DigitShares {
  /** The CSV of all training rows; each node gets a list of row numbers. */
  readonly file: string;
  readonly rows: number;
  /** Row lists are written here. */
  readonly folder: string;
  readonly seed: string;
}

/** One share per node, independent and identically distributed, under the given name. */
export async function shareDigits(
  { file, rows, folder, seed }: DigitShares,
  name: string,
  nodes: number,
): Promise<DatasetShare[]> {
  await mkdir(folder, { recursive: true });
  const parts = iidPartition(rows, nodes, seededRandomness(`${seed}/${name}`));
  return Promise.all(
    parts.map(async (part, node) => {
      const list = join(folder, `${name}-${node + 1}.json`);
      await writeFile(list, JSON.stringify(part));
      return {
        name,
        source: { kind: 'csv', path: file, header: false, label: DIGIT_PIXELS },
        rows: list,
        scale: DIGIT_SCALE,
        schema: {
          features: { shape: [DIGIT_PIXELS] },
          classes: Array.from({ length: DIGIT_CLASSES }, (_, digit) => String(digit)),
        },
      };
    }),
  );
}
