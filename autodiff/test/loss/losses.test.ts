import { describe, expect, it } from 'vitest';
import { TRAINING_NAMES } from '../../src/emit/training-names.ts';
import type { LossName } from '../../src/loss/loss.ts';
import { anyEngine, engines } from '../engines.ts';
import {
  batchFeeds,
  derive,
  floats,
  longs,
  numbers,
  perceptron,
  randomFloats,
  runOnce,
  startState,
  withModel,
} from '../training.ts';

const classes = longs([3], [0, 1, 1]);
const answers = floats([3, 2], [0, 1, 1, 1, 0.25, 0]);
// Distances below and above Huber's bend of 1.
const values = floats([3, 2], [0.3, -3, 2.5, 0.1, -0.4, 4]);

const CASES: readonly [LossName, ReturnType<typeof floats>, 'Softmax' | 'Sigmoid' | 'none'][] = [
  ['softmax-cross-entropy', classes, 'Softmax'],
  ['sigmoid-cross-entropy', answers, 'Sigmoid'],
  ['mean-squared', values, 'none'],
  ['mean-absolute', values, 'none'],
  ['huber', values, 'none'],
];

describe('losses', () => {
  it.each(CASES)('%s: a step of SGD goes along the gradient of finite differences', async (loss, labels, last) => {
    const model = perceptron(last);
    const training = await derive(model, { loss });
    const state = startState(model, training);
    const feeds = { ...batchFeeds(randomFloats([3, 3], 9), labels, 1), ...state };
    const { [TRAINING_NAMES.learningRate]: _, ...evaluated } = feeds;
    const slopes = await withModel(anyEngine, training.evaluationGraph, async (evaluation) => {
      const lossAt = async (input: string, index: number, step: number) => {
        const data = Float32Array.from(state[input]?.data as Float32Array);
        data[index] = (data[index] ?? 0) + step;
        const results = await evaluation.run({ ...evaluated, [input]: floats(state[input]?.dims ?? [], data) });
        return (numbers(results, TRAINING_NAMES.lossSum)[0] ?? NaN) / 3;
      };
      const found = new Map<string, number[]>();
      for (const { input } of training.stateSpec) {
        const ofInput: number[] = [];
        for (const index of (state[input]?.data ?? []).keys()) {
          ofInput.push(((await lossAt(input, index, 5e-3)) - (await lossAt(input, index, -5e-3))) / 1e-2);
        }
        found.set(input, ofInput);
      }
      return found;
    });
    for (const [, engine] of engines) {
      const results = await runOnce(engine, training.stepGraph, feeds);
      for (const { input, output } of training.stateSpec) {
        const before = state[input]?.data as Float32Array;
        const gradient = numbers(results, output).map((value, index) => (before[index] ?? NaN) - value);
        for (const [index, slope] of (slopes.get(input) ?? []).entries()) expect(gradient[index]).toBeCloseTo(slope, 3);
      }
    }
  });

  it('give the numbers that a calculation by hand gives', async () => {
    // One example, all weights zero but the biases: the outputs are the biases 0 and ln 3.
    const bias = floats([2], [0, Math.log(3)]);
    const sums: Record<string, number[]> = {};
    for (const [loss, , last] of CASES) {
      const model = perceptron(last);
      const training = await derive(model, { loss });
      const zeros = Object.fromEntries(
        training.stateSpec.map(({ input, dims }) => [
          input,
          floats(dims, new Float32Array(dims.reduce((a, b) => a * b, 1))),
        ]),
      );
      const biasInput = training.stateSpec.find(({ name }) => name === 'out.bias')?.input ?? '';
      const labels = loss === 'softmax-cross-entropy' ? longs([1], [0]) : floats([1, 2], [1, Math.log(3) + 2]);
      const { [TRAINING_NAMES.learningRate]: _, ...feeds } = batchFeeds(randomFloats([1, 3], 9), labels, 1);
      const results = await runOnce(anyEngine, training.evaluationGraph, { ...feeds, ...zeros, [biasInput]: bias });
      sums[loss] = numbers(results, TRAINING_NAMES.lossSum);
    }
    // softmax (1/4, 3/4): −ln 1/4. Sigmoids 1/2 and 3/4: (ln 2 + (ln 4 − ln 3·(ln 3 + 2)))/2. Distances 1 and 2.
    expect(sums['softmax-cross-entropy']?.[0]).toBeCloseTo(Math.log(4), 5);
    expect(sums['sigmoid-cross-entropy']?.[0]).toBeCloseTo(
      (Math.log(2) + Math.log(4) - Math.log(3) * (Math.log(3) + 2)) / 2,
      5,
    );
    expect(sums['mean-squared']?.[0]).toBeCloseTo((1 + 4) / 2, 5);
    expect(sums['mean-absolute']?.[0]).toBeCloseTo((1 + 2) / 2, 5);
    expect(sums['huber']?.[0]).toBeCloseTo((0.5 + 1.5) / 2, 5);
  });
});
