import { float32Tensor, type Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { evaluateValues } from '../src/evaluate-values.ts';
import { valuesOf } from './mlp.ts';

/** A model that answers its features. */
const echo = {
  run: (_id: string, _functionName: string, [features]: readonly Tensor[]): Promise<Tensor[]> =>
    Promise.resolve([float32Tensor('y', features?.shape ?? [], valuesOf(features))]),
};
const options = { timeoutMs: 1_000 };
const features = float32Tensor('x', [3, 2], [1, 2, 3, 4, 5, 6]);

describe('evaluateValues', () => {
  it('takes the means of squares and of distances, in batches', async () => {
    const targets = float32Tensor('labels', [3, 2], [1, 2, 3, 2, 5, 9]);
    // By hand: differences 0, 0, 0, 2, 0, −3.
    expect(await evaluateValues(echo, 'm', { features, targets, batchRows: 2 }, options)).toEqual({
      meanSquared: 13 / 6,
      meanAbsolute: 5 / 6,
      examples: 3,
    });
  });

  it.each([
    ['fewer targets than examples', [2, 2]],
    ['targets of another size', [3, 1]],
  ])('refuses %s', async (_what, shape) => {
    const targets = float32Tensor('labels', shape, new Float32Array(shape.reduce((a, b) => a * b)));
    const evaluation = evaluateValues(echo, 'm', { features, targets, batchRows: 2 }, options);
    await expect(evaluation).rejects.toMatchObject({ code: 'DATASET_MISMATCH' });
  });
});
