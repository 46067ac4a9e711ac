import { describe, expect, it } from 'vitest';
import { anchorName, correctionName, TRAINING_NAMES } from '../../src/emit/training-names.ts';
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
  startState,
  withModel,
} from '../training.ts';

const model = perceptron();
const RATE = 0.1;
const STEPS = 3;
const NAMES = ['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias'];
const MU = 0.3;

const feeds = batchFeeds(randomFloats([3, 3], 9), longs([3], [0, 1, 1]), RATE);
const anchors = NAMES.map((name, index) => [name, randomFloats(DIMS()[index] ?? [], 20 + index)] as const);

function DIMS(): readonly (readonly number[])[] {
  return [[4, 3], [4], [4, 2], [2]];
}

/** All parameters as one list, in the order of NAMES. */
type Vector = number[];

/** The gradient at some weights, by a step of plain SGD with rate 1. */
async function gradientOracle(): Promise<(weights: Vector) => Promise<Vector>> {
  const training = await derive(model);
  const opened = await anyEngine.open(training.stepGraph);
  return async (weights) => {
    const results = await opened.run({
      ...feeds,
      ...stateOf(training, weights),
      [TRAINING_NAMES.learningRate]: floats([], [1]),
    });
    const after = NAMES.flatMap((name) => numbers(results, outputOf(training, name)));
    return weights.map((value, index) => value - (after[index] ?? NaN));
  };
}

type Derived = Awaited<ReturnType<typeof derive>>;

function stateOf(training: Derived, weights: Vector) {
  let offset = 0;
  return Object.fromEntries(
    NAMES.map((name, index) => {
      const dims = DIMS()[index] ?? [];
      const count = dims.reduce((a, b) => a * b, 1);
      const values = weights.slice(offset, offset + count);
      offset += count;
      return [training.stateSpec.find((spec) => spec.name === name)?.input ?? '', floats(dims, values)];
    }),
  );
}

function outputOf(training: Derived, name: string): string {
  return training.stateSpec.find((spec) => spec.name === name)?.output ?? '';
}

const flatAnchor = anchors.flatMap(([, { data }]) => Array.from(data, Number));
const norm = (vector: Vector) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

/** The update rules as the papers write them, in double precision. */
function reference(settings: OptimizerSettings) {
  const { name, momentum = 0, nesterov = false, weightDecay = 0, clipNorm, proximal, correction } = settings;
  let [velocity, mean, square]: Vector[] = [[], [], []];
  let steps = 0;
  return (weights: Vector, raw: Vector): Vector => {
    steps++;
    let gradient = raw.map((value, index) => value + (correction === true ? (flatAnchor[index] ?? NaN) : 0));
    if (clipNorm !== undefined) {
      const factor = Math.min(1, clipNorm / norm(gradient));
      gradient = gradient.map((value) => value * factor);
    }
    gradient = gradient.map((value, index) => {
      const decay = name === 'adamw' ? 0 : weightDecay * (weights[index] ?? NaN);
      const pull = proximal === true ? MU * ((weights[index] ?? NaN) - (flatAnchor[index] ?? NaN)) : 0;
      return value + decay + pull;
    });
    if (name === 'sgd') {
      velocity = gradient.map((value, index) => momentum * (velocity?.[index] ?? 0) + value);
      const ahead = nesterov ? gradient.map((value, index) => value + momentum * (velocity?.[index] ?? NaN)) : velocity;
      return weights.map((value, index) => value - RATE * (ahead[index] ?? NaN));
    }
    mean = gradient.map((value, index) => 0.9 * (mean?.[index] ?? 0) + 0.1 * value);
    square = gradient.map((value, index) => 0.999 * (square?.[index] ?? 0) + 0.001 * value * value);
    return weights.map((value, index) => {
      const m = (mean?.[index] ?? NaN) / (1 - 0.9 ** steps);
      const v = (square?.[index] ?? NaN) / (1 - 0.999 ** steps);
      const decay = name === 'adamw' ? weightDecay * value : 0;
      return value - RATE * (m / (Math.sqrt(v) + 1e-8) + decay);
    });
  };
}

const SETTINGS: readonly OptimizerSettings[] = [
  { name: 'sgd', momentum: 0.9 },
  { name: 'sgd', momentum: 0.9, nesterov: true },
  { name: 'sgd', weightDecay: 0.05 },
  { name: 'sgd', clipNorm: 0.1 },
  { name: 'sgd', proximal: true },
  { name: 'sgd', correction: true },
  { name: 'sgd', momentum: 0.5, weightDecay: 0.01, clipNorm: 0.2, proximal: true, correction: true },
  { name: 'adam' },
  { name: 'adam', weightDecay: 0.05 },
  { name: 'adamw', weightDecay: 0.05, clipNorm: 0.1 },
];

describe('optimizers', () => {
  it.each(SETTINGS.map((settings) => [JSON.stringify(settings), settings] as const))(
    '%s follows its paper for three steps',
    async (_, optimizer) => {
      const oracle = await gradientOracle();
      const training = await derive(model, { optimizer });
      const extras = {
        ...(optimizer.proximal === true && { [TRAINING_NAMES.proximal]: floats([], [MU]) }),
        ...Object.fromEntries(
          anchors.flatMap(([name, value]) => [
            ...(optimizer.proximal === true ? [[anchorName(name), value] as const] : []),
            ...(optimizer.correction === true ? [[correctionName(name), value] as const] : []),
          ]),
        ),
      };
      for (const [, engine] of engines) {
        await withModel(engine, training.stepGraph, async (opened) => {
          const update = reference(optimizer);
          let state = startState(model, training);
          let expected = NAMES.flatMap((name) =>
            Array.from(state[training.stateSpec.find((s) => s.name === name)?.input ?? '']?.data ?? [], Number),
          );
          for (let step = 0; step < STEPS; step++) {
            expected = update(expected, await oracle(expected));
            const results = await opened.run({ ...feeds, ...extras, ...state });
            state = nextState(training, results);
            const found = NAMES.flatMap((name) => numbers(results, outputOf(training, name)));
            const error = norm(found.map((value, index) => value - (expected[index] ?? NaN)));
            expect(error).toBeLessThan(2e-4);
          }
        });
      }
    },
  );

  it.each([
    [{ name: 'adam', momentum: 0.9 }, 'momentum'],
    [{ name: 'sgd', momentum: 1 }, 'momentum'],
    [{ name: 'sgd', nesterov: true }, 'nesterov'],
    [{ name: 'sgd', weightDecay: -1 }, 'weightDecay'],
    [{ name: 'sgd', clipNorm: 0 }, 'clipNorm'],
    [{ name: 'adam', beta2: Number.NaN }, 'beta2'],
    [{ name: 'adam', epsilon: 0 }, 'epsilon'],
  ] as const)('%j is refused, naming %s', async (optimizer, setting) => {
    const refusal = expect.objectContaining({ code: 'INVALID_SETTINGS', message: expect.stringContaining(setting) });
    await expect(derive(model, { optimizer })).rejects.toThrow(refusal);
  });
});
