import { describe, expect, it } from 'vitest';
import { ExampleOrder } from '../../src/reference/example-order.ts';
import { StepOrder } from '../../src/training/step-order.ts';

describe('StepOrder', () => {
  it('takes every example once per epoch, in the order of the permutation, and fills up with rows of no weight', () => {
    const order = new StepOrder({ rows: 7, batch: 3, seed: 5n });
    expect(order.stepsPerEpoch).toBe(3);
    const { rows, weights, counts } = order.take(0, 3);
    const permutation = new ExampleOrder(5n).permutation(7);
    expect([...rows.subarray(0, 7)]).toEqual([...permutation]);
    expect([...rows.subarray(7)]).toEqual([permutation[6], permutation[6]]);
    expect([...weights]).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(counts).toEqual([3, 3, 1]);
  });

  it('goes from one epoch into the next, and may begin in a later one', () => {
    const whole = new StepOrder({ rows: 7, batch: 3, seed: 5n }).take(0, 9);
    const late = new StepOrder({ rows: 7, batch: 3, seed: 5n }).take(5, 4);
    expect(late.rows).toEqual(whole.rows.subarray(15));
    expect(late.counts).toEqual([1, 3, 3, 1]);
    expect(whole.rows.subarray(0, 7)).not.toEqual(whole.rows.subarray(9, 16));
  });
});
