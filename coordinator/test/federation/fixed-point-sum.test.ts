import { l2Norm } from '@sedge/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FixedPointSum, GRID_STEPS_PER_UNIT } from '../../src/federation/fixed-point-sum.ts';

const LENGTH = 7;
const value = fc.float({ min: -100, max: 100, noNaN: true });
const update = fc.record({
  values: fc.array(value, { minLength: LENGTH, maxLength: LENGTH }),
  weight: fc.integer({ min: 1, max: 1_000 }),
});
const updates = fc.array(update, { minLength: 1, maxLength: 12 });

type Update = { values: number[]; weight: number };

function sumOf(list: readonly Update[]): FixedPointSum {
  const sum = new FixedPointSum(LENGTH);
  for (const { values, weight } of list) sum.add(values, weight);
  return sum;
}

describe('FixedPointSum', () => {
  it('adds weighted values on the grid: 2 × 0.5 + 3 × −0.25 is a quarter', () => {
    const sum = new FixedPointSum(1);
    sum.add([0.5], 2);
    sum.add([-0.25], 3);
    expect([...sum.steps()]).toEqual([GRID_STEPS_PER_UNIT / 4]);
    expect(sum.totalWeight).toBe(5);
    expect(sum.updates).toBe(2);
  });

  it('cuts towards zero, on both sides', () => {
    const sum = new FixedPointSum(2);
    sum.add([1.9 / GRID_STEPS_PER_UNIT, -1.9 / GRID_STEPS_PER_UNIT], 1);
    expect([...sum.steps()]).toEqual([1, -1]);
  });

  it('gives the same bits in every order', () => {
    fc.assert(
      fc.property(
        updates.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(sumOf(shuffled).steps()).toEqual(sumOf(list).steps());
        },
      ),
    );
  });

  it('gives the same bits in every grouping', () => {
    fc.assert(
      fc.property(updates, fc.nat(12), (list, cut) => {
        const merged = sumOf(list.slice(cut));
        merged.merge(sumOf(list.slice(0, cut)));
        const whole = sumOf(list);
        expect(merged.steps()).toEqual(whole.steps());
        expect([merged.totalWeight, merged.updates]).toEqual([whole.totalWeight, whole.updates]);
      }),
    );
  });

  it('never lengthens an update: the clip norm bounds what is summed', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: LENGTH, maxLength: LENGTH }), (values) => {
        const steps = sumOf([{ values, weight: 1 }]).steps();
        expect(l2Norm(steps) / GRID_STEPS_PER_UNIT).toBeLessThanOrEqual(l2Norm(values));
      }),
    );
  });

  it('refuses what could carry the sum past 2^53 steps, and keeps what it had', () => {
    // 2^29 − 1 units are 2^53 − 2^24 steps.
    const sum = new FixedPointSum(1);
    sum.add([2 ** 29 - 1], 1);
    expect(() => sum.add([-1], 1)).toThrow(/ACCUMULATOR_OVERFLOW/);
    expect([...sum.steps()]).toEqual([2 ** 53 - 2 ** 24]);
    expect([sum.updates, sum.totalWeight]).toEqual([1, 1]);
    expect(() => new FixedPointSum(1).add([2], 2 ** 52)).toThrow(/ACCUMULATOR_OVERFLOW/);
  });

  it('refuses to merge sums that do not fit together', () => {
    const half = new FixedPointSum(1);
    half.add([2 ** 28], 1);
    const other = new FixedPointSum(1);
    other.add([2 ** 28], 1);
    expect(() => half.merge(other)).toThrow(/ACCUMULATOR_OVERFLOW/);
    expect(() => half.merge(new FixedPointSum(2))).toThrow(/UPDATE_INVALID/);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses the value %d whole', (bad) => {
    const sum = new FixedPointSum(2);
    expect(() => sum.add([1, bad], 1)).toThrow(/UPDATE_INVALID/);
    expect([...sum.steps()]).toEqual([0, 0]);
    expect(sum.updates).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53])('refuses the weight %d', (weight) => {
    expect(() => new FixedPointSum(1).add([1], weight)).toThrow(/UPDATE_INVALID/);
  });

  it('refuses an update of another length', () => {
    expect(() => new FixedPointSum(2).add([1], 1)).toThrow(/UPDATE_INVALID/);
  });

  it('hands out copies', () => {
    const sum = new FixedPointSum(1);
    sum.steps()[0] = 7;
    expect(sum.steps()[0]).toBe(0);
  });
});
