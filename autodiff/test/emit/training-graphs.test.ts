import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/codec/decode.ts';
import type { OnnxGraph } from '../../src/codec/messages.ts';
import { dataName, TRAINING_NAMES } from '../../src/emit/training-names.ts';
import type { OptimizerSettings } from '../../src/optimizer/optimizer.ts';
import { anyEngine, engines } from '../engines.ts';
import {
  batchFeeds,
  derive,
  floats,
  longs,
  nextState,
  numbers,
  perceptron,
  randomFloats,
  runOnce,
  startState,
  tensor,
  withModel,
} from '../training.ts';

const model = perceptron();
const ROWS = 7;
const data = randomFloats([ROWS, 3], 5);
const labels = longs([ROWS], [0, 1, 1, 0, 1, 0, 0]);
const ORDER = [3, 1, 6, 0, 2, 5, 4, 4, 1];

function rowsOf(rows: readonly number[]) {
  const x = rows.flatMap((row) => Array.from(data.data as Float32Array).slice(3 * row, 3 * row + 3));
  return batchFeeds(
    floats([rows.length, 3], x),
    longs(
      [rows.length],
      rows.map((row) => Number(labels.data[row])),
    ),
    0.2,
  );
}

const OPTIMIZERS: readonly OptimizerSettings[] = [
  { name: 'sgd' },
  { name: 'sgd', momentum: 0.9, weightDecay: 0.01 },
  { name: 'adam', clipNorm: 0.5 },
];

describe('training graphs', () => {
  it.each(OPTIMIZERS.map((optimizer) => [JSON.stringify(optimizer), optimizer] as const))(
    'an epoch in one run is the same as its steps one by one: %s',
    async (_, optimizer) => {
      const training = await derive(model, { optimizer });
      for (const [, engine] of engines) {
        const losses: number[] = [];
        const stepped = await withModel(engine, training.stepGraph, async (opened) => {
          let state = startState(model, training);
          for (const start of [0, 3, 6]) {
            const results = await opened.run({ ...rowsOf(ORDER.slice(start, start + 3)), ...state });
            losses.push(...numbers(results, TRAINING_NAMES.loss));
            state = nextState(training, results);
          }
          return state;
        });
        const results = await runOnce(engine, training.epochGraph, {
          [dataName('x')]: data,
          [TRAINING_NAMES.labels]: labels,
          [TRAINING_NAMES.permutation]: longs([3, 3], ORDER),
          [TRAINING_NAMES.exampleWeights]: floats([3, 3], new Float32Array(9).fill(1)),
          [TRAINING_NAMES.learningRate]: floats([], [0.2]),
          ...startState(model, training),
        });
        for (const [index, loss] of numbers(results, TRAINING_NAMES.loss).entries())
          expect(loss).toBeCloseTo(losses[index] ?? NaN, 5);
        for (const { input, output } of training.stateSpec) {
          const expected = stepped[input]?.data as Float32Array;
          for (const [index, value] of numbers(results, output).entries())
            expect(value).toBeCloseTo(expected[index] ?? NaN, 5);
        }
      }
    },
  );

  it('learn to tell the signs of numbers', async () => {
    const training = await derive(model);
    const x = randomFloats([60, 3], 12);
    const signs = longs(
      [60],
      Array.from({ length: 60 }, (_, row) => (Number(x.data[3 * row]) > 0 ? 1 : 0)),
    );
    const permutation = longs(
      [600, 3],
      Array.from({ length: 1800 }, (_, index) => (index * 7) % 60),
    );
    const results = await runOnce(anyEngine, training.epochGraph, {
      [dataName('x')]: x,
      [TRAINING_NAMES.labels]: signs,
      [TRAINING_NAMES.permutation]: permutation,
      [TRAINING_NAMES.exampleWeights]: floats([600, 3], new Float32Array(1800).fill(1)),
      [TRAINING_NAMES.learningRate]: floats([], [0.3]),
      ...startState(model, training),
    });
    const evaluated = await runOnce(anyEngine, training.evaluationGraph, {
      [dataName('x')]: x,
      [TRAINING_NAMES.labels]: signs,
      [TRAINING_NAMES.exampleWeights]: floats([60], new Float32Array(60).fill(1)),
      ...nextState(training, results),
    });
    expect(numbers(evaluated, TRAINING_NAMES.weightSum)).toEqual([60]);
    expect(numbers(evaluated, TRAINING_NAMES.rightSum)[0]).toBeGreaterThanOrEqual(57);
  });

  it('examples that weigh nothing do not count', async () => {
    const [three, two] = [await derive(model), await derive(model, { batch: 2 })];
    const padded = { ...rowsOf([3, 1, 6]), [TRAINING_NAMES.exampleWeights]: floats([3], [1, 1, 0]) };
    const ofThree = await runOnce(anyEngine, three.stepGraph, { ...padded, ...startState(model, three) });
    const ofTwo = await runOnce(anyEngine, two.stepGraph, { ...rowsOf([3, 1]), ...startState(model, two) });
    for (const name of Object.keys(ofTwo)) {
      for (const [index, value] of numbers(ofTwo, name).entries()) {
        expect(tensor(ofThree, name).data[index]).toBeCloseTo(value, 6);
      }
    }
  });

  it('a batch that weighs nothing changes nothing', async () => {
    const training = await derive(model);
    const state = startState(model, training);
    const empty = { ...rowsOf([3, 1, 6]), [TRAINING_NAMES.exampleWeights]: floats([3], [0, 0, 0]) };
    const results = await runOnce(anyEngine, training.stepGraph, { ...empty, ...state });
    expect(numbers(results, TRAINING_NAMES.loss)).toEqual([0]);
    for (const { input, output } of training.stateSpec)
      expect(tensor(results, output).data).toEqual(state[input]?.data);
  });

  it('bytes with a scale train like the floats that they stand for', async () => {
    const [asFloats, asBytes] = [await derive(model), await derive(model, { inputScale: 1 / 255 })];
    const bytes = Uint8Array.from({ length: 9 }, (_, index) => (index * 53) % 256);
    const feeds = batchFeeds(
      floats(
        [3, 3],
        Array.from(bytes, (byte) => byte / 255),
      ),
      longs([3], [0, 1, 0]),
      0.5,
    );
    const scaled = { ...feeds, [dataName('x')]: { type: 'UINT8', dims: [3, 3], data: bytes } as const };
    const expected = await runOnce(anyEngine, asFloats.stepGraph, { ...feeds, ...startState(model, asFloats) });
    const found = await runOnce(anyEngine, asBytes.stepGraph, { ...scaled, ...startState(model, asBytes) });
    for (const name of Object.keys(expected)) {
      for (const [index, value] of numbers(expected, name).entries()) {
        expect(tensor(found, name).data[index]).toBeCloseTo(value, 5);
      }
    }
  });

  it('carry no trainable weights, and keep the frozen ones', async () => {
    const training = await derive(model, { trainable: ['out.*'] });
    expect(training.parameters.map(({ name, offset }) => [name, offset])).toEqual([
      ['out.weight', 0],
      ['out.bias', 8],
    ]);
    for (const bytes of [training.stepGraph, training.epochGraph, training.evaluationGraph]) {
      const names = initializersOf(decodeModel(bytes).graph);
      expect(names).not.toContain('out.weight');
      expect(names).not.toContain('out.bias');
      expect(names).toContain('hidden.weight');
    }
  });

  it('the update of a weight and its gradient are one Gemm', async () => {
    const { stepGraph } = await derive(model);
    const products = decodeModel(stepGraph).graph.nodes.filter(({ opType }) => opType === 'Gemm');
    expect(products.filter(({ inputs }) => inputs[2] === 'out.weight')).toHaveLength(1);
    expect(products.filter(({ inputs }) => inputs[2] === 'hidden.weight')).toHaveLength(1);
  });

  it('are the same bytes for the same model and settings, whatever the weights are', async () => {
    const first = await derive(model, { optimizer: { name: 'adam' } });
    const second = await derive(model, { optimizer: { name: 'adam' } });
    expect(second.digest).toBe(first.digest);
    expect((await derive(model)).digest).not.toBe(first.digest);
  });
});

function initializersOf({ initializers, nodes }: OnnxGraph): string[] {
  const bodies = nodes.flatMap(({ attributes }) =>
    attributes.flatMap(({ g }) => (g === undefined ? [] : initializersOf(g))),
  );
  return [...initializers.map(({ name = '' }) => name), ...bodies];
}
