import { describe, expect, it } from 'vitest';
import { convolve, dense, softmax } from '../../src/choice/plain-layers.ts';

// All numbers by hand.
describe('plain layers', () => {
  it('convolve without padding, kernel by kernel', () => {
    const image = { channels: 1, side: 3, values: [1, -2, 3, 0, 2, -1, 4, 1, -3] };
    const kernels = { count: 2, side: 2, values: [1, 0, 0, 1, 0, 1, -1, 0], bias: [0.5, 1] };
    // 1+2, -2-1, 0+1, 2-3 and 0.5 each; -2-0, 3-2, 2-4, -1-1 and 1 each.
    expect(convolve(image, kernels)).toEqual([3.5, -2.5, 1.5, -0.5, -1, 2, -1, -1]);
  });

  it('convolve adds up the channels', () => {
    const image = { channels: 2, side: 1, values: [3, 5] };
    expect(convolve(image, { count: 1, side: 1, values: [2, -1], bias: [10] })).toEqual([11]);
  });

  it('dense takes a matrix of [inputs, outputs]', () => {
    expect(dense([1, 2], [1, 2, 3, 10, 20, 30], [0.5, 0, -1])).toEqual([21.5, 42, 62]);
  });

  it('softmax does not overflow', () => {
    const [first = 0, second = 0] = softmax([1_000, 1_000 + Math.log(3)]);
    expect(first).toBeCloseTo(0.25, 12);
    expect(second).toBeCloseTo(0.75, 12);
  });
});
