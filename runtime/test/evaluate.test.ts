import { float32Tensor, type Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { evaluateClassifier, PROBABILITY_MIN } from '../src/evaluate.ts';
import { valuesOf } from './mlp.ts';

/** A model that answers its features, which are probabilities already. */
const echo = {
  batches: [] as number[],
  run(_id: string, _functionName: string, [features]: readonly Tensor[]): Promise<Tensor[]> {
    const rows = features?.shape[0] ?? 0;
    this.batches.push(rows);
    return Promise.resolve([float32Tensor('probabilities', [rows, 2], valuesOf(features))]);
  },
};
const options = { timeoutMs: 1_000 };
const features = float32Tensor('features', [5, 2], [0.75, 0.25, 0.5, 0.5, 0.25, 0.75, 1, 0, 0, 1]);

describe('evaluateClassifier', () => {
  it('counts right answers and takes the mean cross-entropy, in batches', async () => {
    echo.batches.length = 0;
    const evaluation = await evaluateClassifier(
      echo,
      'm',
      { features, labels: [0, 0, 0, 0, 1], batchRows: 2 },
      options,
    );
    expect(echo.batches).toEqual([2, 2, 1]);
    // By hand: −(ln 0.75 + ln 0.5 + ln 0.25 + 0 + 0) / 5; of a tie the first class is taken.
    expect(evaluation.loss).toBeCloseTo(-(Math.log(0.75) + Math.log(0.5) + Math.log(0.25)) / 5, 6);
    expect(evaluation).toMatchObject({ accuracy: 0.8, examples: 5 });
  });

  it('bounds the loss of a certain mistake', async () => {
    const mistaken = float32Tensor('features', [1, 2], [1, 0]);
    const { loss } = await evaluateClassifier(echo, 'm', { features: mistaken, labels: [1], batchRows: 8 }, options);
    expect(loss).toBeCloseTo(-Math.log(PROBABILITY_MIN), 6);
  });

  it.each([
    ['fewer labels than examples', [0]],
    ['a label that is no class', [0, 0, 0, 0, 2]],
    ['a negative label', [0, 0, 0, 0, -1]],
  ])('refuses %s', async (_what, labels) => {
    const evaluation = evaluateClassifier(echo, 'm', { features, labels, batchRows: 2 }, options);
    await expect(evaluation).rejects.toMatchObject({ code: 'DATASET_MISMATCH' });
  });
});
