import { clipToNorm } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { verifyUpdate } from '../../src/federation/verify-update.ts';

describe('verifyUpdate', () => {
  it('gives the norm of an update that keeps its promise', () => {
    expect(verifyUpdate([3, 4], { length: 2, clipNorm: 5 })).toBe(5);
    expect(verifyUpdate([30, 40], { length: 2 })).toBe(50);
  });

  it('takes what the node clipped, whatever the rounding', () => {
    const clipped = clipToNorm(
      Float32Array.from({ length: 2_410 }, (_, index) => Math.sin(index)),
      0.75,
    );
    expect(verifyUpdate(clipped, { length: 2_410, clipNorm: 0.75 })).toBeLessThanOrEqual(0.75);
  });

  it('refuses a norm above the promise by more than a millionth', () => {
    expect(verifyUpdate([1 + 9e-7], { length: 1, clipNorm: 1 })).toBeGreaterThan(1);
    expect(() => verifyUpdate([1 + 2e-6], { length: 1, clipNorm: 1 })).toThrow(/UPDATE_INVALID/);
  });

  it.each([[[1]], [[1, 2, 3]], [[]]])('refuses %j where two values were promised', (values) => {
    expect(() => verifyUpdate(values, { length: 2 })).toThrow(/UPDATE_INVALID/);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e200])(
    'refuses the value %d, with and without a clip norm',
    (bad) => {
      expect(() => verifyUpdate([0, bad], { length: 2 })).toThrow(/UPDATE_INVALID/);
      expect(() => verifyUpdate([0, bad], { length: 2, clipNorm: 1 })).toThrow(/UPDATE_INVALID/);
    },
  );
});
