import { seededRandomness } from '@sedge/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iidPartition, type Partition, twoShardPartition } from '../../src/data/partitions.ts';
import { realDigits } from './real-digits.ts';

function isPartitionOf(parts: Partition, rows: number): boolean {
  const all = parts.flat().sort((left, right) => left - right);
  return all.length === rows && all.every((row, index) => row === index);
}

function sizeSpread(parts: Partition): number {
  const sizes = parts.map((part) => part.length);
  return Math.max(...sizes) - Math.min(...sizes);
}

const seed = fc.string({ maxLength: 8 });

describe('iidPartition', () => {
  it('gives every row to exactly one node, sizes within one', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 60 }), fc.nat(400), (name, nodes, more) => {
        const parts = iidPartition(nodes + more, nodes, seededRandomness(name));
        expect(parts).toHaveLength(nodes);
        expect(isPartitionOf(parts, nodes + more)).toBe(true);
        expect(sizeSpread(parts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('deals the same rows for the same seed, and others for another', () => {
    const deal = (name: string) => iidPartition(100, 5, seededRandomness(name));
    expect(deal('a')).toEqual(deal('a'));
    expect(deal('a')).not.toEqual(deal('b'));
  });

  it('gives 600 rows to each of 100 nodes on 60,000 rows, as in the FedAvg paper', () => {
    const parts = iidPartition(60_000, 100, seededRandomness('mnist'));
    expect(parts.every((part) => part.length === 600)).toBe(true);
  });
});

describe('twoShardPartition', () => {
  it('gives every row to exactly one node, sizes within two', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 30 }), fc.nat(400), (name, nodes, more) => {
        const labels = Array.from({ length: 2 * nodes + more }, (_, row) => (row * 7) % 10);
        const parts = twoShardPartition(labels, nodes, seededRandomness(name));
        expect(parts).toHaveLength(nodes);
        expect(isPartitionOf(parts, labels.length)).toBe(true);
        expect(sizeSpread(parts)).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('sorts stably: a shard holds the rows of a label in their order', () => {
    // Labels 1 0 1 0, two nodes, four shards of one row: sorted rows are 1 3 0 2; nothing is shuffled here.
    const parts = twoShardPartition([1, 0, 1, 0], 2, { shuffle: (items) => [...items] });
    expect(parts).toEqual([
      [1, 3],
      [0, 2],
    ]);
  });

  it('gives each of 100 nodes two shards of 300 on labels in the numbers of MNIST, of at most four classes', () => {
    // Counts of the MNIST training labels, as its description gives them.
    const counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];
    const labels = counts.flatMap((count, label) => Array.from({ length: count }, () => label));
    const parts = twoShardPartition(labels, 100, seededRandomness('mnist'));
    expect(parts.every((part) => part.length === 600)).toBe(true);
    expect(Math.max(...parts.map((part) => new Set(part.map((row) => labels[row])).size))).toBeLessThanOrEqual(4);
  });
});

describe('both', () => {
  it('refuse more parts than rows, and no parts', () => {
    const randomness = seededRandomness('x');
    expect(() => iidPartition(3, 4, randomness)).toThrow(RangeError);
    expect(() => iidPartition(3, 0, randomness)).toThrow(RangeError);
    expect(() => twoShardPartition([0, 1, 2], 2, randomness)).toThrow(RangeError);
    expect(() => iidPartition(3, 1.5, randomness)).toThrow(RangeError);
  });
});

const real = await realDigits();
describe.skipIf(real === undefined)('on the published digits', () => {
  const labels = real?.train.labels ?? new Uint8Array();
  const classes = (part: readonly number[]) => new Set(part.map((row) => labels[row])).size;

  it('two shards leave at most four classes to a node of ten or more', () => {
    fc.assert(
      fc.property(seed, fc.constantFrom(10, 20, 50), (name, nodes) => {
        const parts = twoShardPartition(labels, nodes, seededRandomness(name));
        expect(Math.max(...parts.map(classes))).toBeLessThanOrEqual(4);
        expect(isPartitionOf(parts, 3823)).toBe(true);
      }),
    );
  });

  it('an equal split leaves all ten classes to each of five nodes', () => {
    const parts = iidPartition(labels.length, 5, seededRandomness('sedge'));
    expect(parts.map(classes)).toEqual([10, 10, 10, 10, 10]);
    expect(parts.map((part) => part.length)).toEqual([764, 765, 764, 765, 765]);
  });
});
