import { describe, expect, it } from 'vitest';
import { slopePerMinute } from '../../src/soak/trend.ts';

describe('slopePerMinute', () => {
  it('is that of a line through points on a line', () => {
    const samples = [0, 1, 2, 3].map((minute) => ({ atMs: minute * 60_000, value: 7 + 2 * minute }));
    expect(slopePerMinute(samples)).toBeCloseTo(2, 12);
  });

  it('is the least-squares slope of points that are not', () => {
    // By hand: means 1 and 2; covariance (−1)(−2) + 0·(1) + 1·(1) = 3; variance 2.
    const samples = [
      { atMs: 0, value: 0 },
      { atMs: 60_000, value: 3 },
      { atMs: 120_000, value: 3 },
    ];
    expect(slopePerMinute(samples)).toBeCloseTo(1.5, 12);
  });

  it('is level for one sample and for none', () => {
    expect(slopePerMinute([{ atMs: 5, value: 9 }])).toBe(0);
    expect(slopePerMinute([])).toBe(0);
  });
});
