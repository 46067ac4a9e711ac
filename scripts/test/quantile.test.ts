import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantile } from '../src/quantile.ts';

describe('quantile', () => {
  it('is the nearest rank', () => {
    // The worked example of the nearest-rank method: ordinal rank = ceil(share × 5).
    const values = [50, 15, 40, 20, 35];
    expect([0.05, 0.3, 0.4, 0.5, 1].map((share) => quantile(values, share))).toEqual([15, 20, 20, 35, 50]);
  });

  it('is not a number for no values', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('is one of the values, and at least that share of all does not exceed it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 100 }),
        (values, percent) => {
          const found = quantile(values, percent / 100);
          expect(values).toContain(found);
          const within = values.filter((value) => value <= found).length;
          expect(within * 100).toBeGreaterThanOrEqual(percent * values.length);
        },
      ),
    );
  });
});
