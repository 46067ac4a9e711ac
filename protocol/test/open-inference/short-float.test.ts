import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BFLOAT16, FLOAT16, shortFloatBits, shortFloatValue } from '../../src/open-inference/short-float.ts';

describe('binary16', () => {
  // IEEE 754-2019, table 3.5, and the examples that follow from it by hand.
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -14 - 2 ** -24, 0x03ff],
    // Ties go to the even neighbour: 2049 lies between 2048 and 2050, 2051 between 2050 and 2052.
    [2049, 0x6800],
    [2051, 0x6802],
    // Half of the least value is a tie with zero; a little more is not.
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.0001, 0x0001],
    // Just below the tie with infinity.
    [65_519.99, 0x7bff],
    // Over binary32 this would become 1 + 2^-11, a tie, and then 1.
    [1 + 2 ** -11 + 2 ** -40, 0x3c01],
  ])('%d has the bits %i', (value, bits) => {
    expect(shortFloatBits(value, FLOAT16)).toBe(bits);
  });

  it.each([65_520, -65_520, 1e300, Infinity, NaN])('%d has none', (value) => {
    expect(shortFloatBits(value, FLOAT16)).toBeUndefined();
  });

  it('has a number for each of its 63,488 finite values, which has the same bits again', () => {
    const bits = Array.from({ length: 0x10000 }, (_, index) => index);
    const values = bits.map((one) => shortFloatValue(one, FLOAT16));
    expect(values.filter((value) => value !== undefined)).toHaveLength(63_488);
    const other = bits.filter((one, at) => {
      const value = values[at];
      return value !== undefined && shortFloatBits(value, FLOAT16) !== one;
    });
    expect(other).toEqual([]);
  });
});

describe('bfloat16', () => {
  it('is the upper half of a binary32 whose lower half is empty', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (bits) => {
        const wide = new Float32Array(Uint32Array.of(bits * 0x10000).buffer)[0] ?? NaN;
        expect(shortFloatValue(bits, BFLOAT16)).toBe(Number.isFinite(wide) ? wide : undefined);
        if (Number.isFinite(wide)) expect(shortFloatBits(wide, BFLOAT16)).toBe(bits);
      }),
    );
  });

  it.each([
    // 2^8 values to a power of two: 257 lies between 256 and 258, 259 between 258 and 260.
    [257, 0x4380],
    [259, 0x4382],
    [2 ** -133, 0x0001],
    [2 ** -134, 0x0000],
  ])('rounds %d to even', (value, bits) => {
    expect(shortFloatBits(value, BFLOAT16)).toBe(bits);
  });
});
