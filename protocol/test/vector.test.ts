import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipToNorm, l2Norm } from '../src/vector.ts';

const vectors = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { maxLength: 200 });

describe('l2Norm', () => {
  it('is 5 for (3, 4) and 0 for nothing', () => {
    expect(l2Norm([3, 4])).toBe(5);
    expect(l2Norm([])).toBe(0);
  });

  it('is not finite if any value is not', () => {
    expect(l2Norm([1, Number.NaN])).toBeNaN();
    expect(l2Norm([1, Number.NEGATIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('clipToNorm', () => {
  it('leaves a vector within the norm as it is, in a copy of its own', () => {
    const values = new Float32Array([0.5, -0.25]);
    const clipped = clipToNorm(values, 1);
    expect(clipped).toEqual(values);
    expect(clipped.buffer).not.toBe(values.buffer);
  });

  it('scales a longer vector to the norm and keeps its direction', () => {
    const clipped = clipToNorm([30, 40], 5);
    expect(clipped[0]).toBeCloseTo(3, 5);
    expect(clipped[1]).toBeCloseTo(4, 5);
  });

  it('never ends above the norm, not by a rounding, and stays close below it', () => {
    fc.assert(
      fc.property(vectors, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (values, clipNorm) => {
        const before = l2Norm(Float32Array.from(values));
        const after = l2Norm(clipToNorm(values, clipNorm));
        expect(after).toBeLessThanOrEqual(clipNorm);
        expect(after).toBeGreaterThanOrEqual(Math.min(before, clipNorm) * (1 - 1e-6));
      }),
    );
  });

  it('ends for values that are not finite, so that the receiver can refuse them', () => {
    expect(l2Norm(clipToNorm([Number.POSITIVE_INFINITY, 1], 1))).toBeNaN();
    expect(l2Norm(clipToNorm([Number.NaN, 1], 1))).toBeNaN();
  });

  it('ends for norms so small that float32 hardly has numbers left', () => {
    expect(l2Norm(clipToNorm([1, 1, 1], 2e-45))).toBeLessThanOrEqual(2e-45);
  });
});
