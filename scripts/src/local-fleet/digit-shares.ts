import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandomness } from '@sedge/kit';
import { DIGIT_CLASSES, DIGIT_PIXELS } from '../data/digits-table.ts';
import { DIGIT_SCALE } from '../data/digits.ts';
import { iidPartition, twoShardPartition, type Partition } from '../data/partitions.ts';
import type { DatasetShare } from './agent-process.ts';

/** `iid`: every node sees all classes alike. `two-shard`: every node sees few of them (McMahan et al. 2017, §3). */
export const SPLITS = ['iid', 'two-shard'] as const;
export type Split = (typeof SPLITS)[number];

export interface DigitShares {
  /** The CSV of all training rows; each node gets a list of row numbers. */
  readonly file: string;
  /** Of all rows. */
  readonly labels: ArrayLike<number>;
  readonly split: Split;
  /** Row lists are written here. */
  readonly folder: string;
  readonly seed: string;
}

/** One share per node, under the given name. */
export async function shareDigits(shares: DigitShares, name: string, nodes: number): Promise<DatasetShare[]> {
  const { file, folder } = shares;
  await mkdir(folder, { recursive: true });
  const parts = partitionOf(shares, name, nodes);
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

function partitionOf({ labels, seed, split }: DigitShares, name: string, nodes: number): Partition {
  const randomness = seededRandomness(`${seed}/${name}`);
  switch (split) {
    case 'iid':
      return iidPartition(labels.length, nodes, randomness);
    case 'two-shard':
      return twoShardPartition(labels, nodes, randomness);
  }
}
