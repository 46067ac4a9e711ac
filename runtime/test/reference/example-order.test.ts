import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExampleOrder, splitMix64 } from '../../src/reference/example-order.ts';

describe('splitMix64', () => {
  it('gives the published numbers for the seed 1234567', () => {
    // Test values of the Rosetta Code page "Pseudo-random numbers/Splitmix64", made with Vigna's C code.
    const outputs = [1n, 2n, 3n, 4n, 5n].map((n) => splitMix64(1_234_567n, n));
    expect(outputs).toEqual([
      6_457_827_717_110_365_317n,
      3_203_168_211_198_807_973n,
      9_817_491_932_198_370_423n,
      4_593_380_528_125_082_431n,
      16_408_922_859_458_223_821n,
    ]);
  });
});

describe('ExampleOrder', () => {
  it('gives the numbers of xoshiro128** for the state 1, 2, 3, 4', () => {
    // Computed apart from this code by the algorithm of prng.di.unimi.it/xoshiro128starstar.c.
    const order = ExampleOrder.ofState(1, 2, 3, 4);
    const numbers = Array.from({ length: 10 }, () => order.next());
    expect(numbers).toEqual([
      11_520, 0, 5_927_040, 70_819_200, 2_031_721_883, 1_637_235_492, 1_287_239_034, 3_734_860_849, 3_729_100_597,
      4_258_142_804,
    ]);
  });

  it('permutes: every index once', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.integer({ min: 0, max: 300 }), (seed, count) => {
        const sorted = new ExampleOrder(seed).permutation(count).toSorted();
        expect(Array.from(sorted)).toEqual(Array.from({ length: count }, (_, index) => index));
      }),
    );
  });
});
