import type { Randomness } from '@sedge/kit';

/** Rows per node: positions in the data set. */
export type Partition = readonly (readonly number[])[];

type Shuffle = Pick<Randomness, 'shuffle'>;

/** One permutation of all rows, cut into equal parts; sizes differ by one at most. */
export function iidPartition(rows: number, nodes: number, randomness: Shuffle): Partition {
  checkParts(rows, nodes);
  return cut(randomness.shuffle(Array.from({ length: rows }, (_, row) => row)), nodes);
}

/**
 * Rows sorted by label (stable), cut into two shards per node, and two shards dealt to each (McMahan et al. 2017, §3):
 * a node sees few classes. Shards may straddle two labels.
 */
export function twoShardPartition(labels: ArrayLike<number>, nodes: number, randomness: Shuffle): Partition {
  checkParts(labels.length, 2 * nodes);
  const rows = Array.from(labels, (label, row) => ({ label, row }));
  const sorted = rows.sort((left, right) => left.label - right.label).map(({ row }) => row);
  const shards = randomness.shuffle(cut(sorted, 2 * nodes));
  return Array.from({ length: nodes }, (_, node) => [...(shards[2 * node] ?? []), ...(shards[2 * node + 1] ?? [])]);
}

function cut(rows: readonly number[], parts: number): number[][] {
  const boundary = (part: number): number => Math.floor((part * rows.length) / parts);
  return Array.from({ length: parts }, (_, part) => rows.slice(boundary(part), boundary(part + 1)));
}

function checkParts(rows: number, parts: number): void {
  if (!Number.isInteger(parts) || parts < 1 || parts > rows) {
    throw new RangeError(`${rows} rows cannot be cut into ${parts} parts`);
  }
}
