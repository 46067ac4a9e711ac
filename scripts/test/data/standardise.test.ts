import { describe, expect, it } from 'vitest';
import { float32Values } from '@sedge/protocol';
import { floatRows } from '../../src/data/labelled-set.ts';
import { standardise } from '../../src/data/standardise.ts';

const rows = (values: readonly (readonly number[])[]) =>
  floatRows(
    values.map((row) => Float32Array.from(row)),
    values.map(() => 0),
  );

describe('standardise', () => {
  it('takes mean and deviation of the training rows for both parts', () => {
    // By hand: the first column has the mean 2 and the population deviation 1.
    const { train, test } = standardise(
      rows([
        [1, 5],
        [3, 5],
      ]),
      rows([[4, 6]]),
    );
    expect([...float32Values(train.features)]).toEqual([-1, 0, 1, 0]);
    // The second column never changes in training, so that it is only shifted.
    expect([...float32Values(test.features)]).toEqual([2, 1]);
  });
});
