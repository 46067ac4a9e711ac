import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/codec/decode.ts';
import { encodeModel } from '../../src/codec/encode.ts';
import { dataName, TRAINING_NAMES } from '../../src/emit/training-names.ts';
import { floatAttribute, intAttribute, intsAttribute } from '../../src/graph/attributes.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { modelOf } from '../../src/graph/model-of.ts';
import { anyEngine } from '../engines.ts';
import { batchFeeds, derive, floats, longs, numbers, randomFloats, runOnce, startState, tensor } from '../training.ts';

/** Two features, one layer between, two classes. */
function network(between: (graph: GraphBuilder, hidden: string) => string, dims: readonly number[] = [2]): Uint8Array {
  const graph = new GraphBuilder('network');
  const middle = between(graph, graph.input('x', 'FLOAT', ['batch', ...dims]));
  const weight = graph.initializer('out.weight', [2, 2], randomFloats([2, 2], 8).data);
  graph.output(graph.gemm(middle, weight, graph.initializer('out.bias', [2], Float32Array.of(0, 0))), 'FLOAT', []);
  return encodeModel(modelOf(graph.build()));
}

const normalised = network((graph, x) => {
  const vector = (name: string, ...values: number[]) => graph.initializer(name, [2], Float32Array.from(values));
  const inputs = [x, vector('scale', 1, 2), vector('shift', 0, 1), vector('mean', 0.5, -0.5), vector('variance', 1, 4)];
  return graph.node('BatchNormalization', inputs, { attributes: { momentum: floatAttribute(0.75) } });
});

const dropping = network((graph, x) => {
  return graph.node('Dropout', [x, graph.initializer('ratio', [], Float32Array.of(0.75))]);
});

const rows = floats([4, 2], [1, 0, 3, 4, 1, 4, 3, 0]);
const feeds = batchFeeds(rows, longs([4], [0, 1, 1, 0]), 0.1);
const outputOf = (training: Awaited<ReturnType<typeof derive>>, name: string) =>
  training.stateSpec.find((spec) => spec.name === name)?.output ?? '';

describe('batch normalization', () => {
  it('moves the running statistics by those of the batch when it is trained', async () => {
    const training = await derive(normalised, { batch: 4, batchNormalization: 'training' });
    expect(training.statistics.map(({ name }) => name)).toEqual(['mean', 'variance']);
    const results = await runOnce(anyEngine, training.stepGraph, { ...feeds, ...startState(normalised, training) });
    // The columns have means 2 and 2, variances 1 and 4; momentum 3/4 keeps 3/4 of the old ones.
    expect(numbers(results, outputOf(training, 'mean'))).toEqual([0.75 * 0.5 + 0.5, 0.75 * -0.5 + 0.5]);
    expect(numbers(results, outputOf(training, 'variance'))).toEqual([0.75 * 1 + 0.25, 0.75 * 4 + 1]);
  });

  it('keeps the statistics, and has them in the graph, when they are frozen', async () => {
    const training = await derive(normalised, { batch: 4 });
    expect(training.statistics).toEqual([]);
    expect(training.parameters.map(({ name }) => name)).toEqual(['scale', 'shift', 'out.weight', 'out.bias']);
  });

  it('evaluates with the statistics that training left', async () => {
    const training = await derive(normalised, { batch: 4, batchNormalization: 'training' });
    const { [TRAINING_NAMES.learningRate]: _, ...evaluated } = feeds;
    const state = startState(normalised, training);
    const lossOf = async (more: typeof state) =>
      numbers(
        await runOnce(anyEngine, training.evaluationGraph, { ...evaluated, ...state, ...more }),
        TRAINING_NAMES.lossSum,
      );
    const input = training.stateSpec.find(({ name }) => name === 'mean')?.input ?? '';
    expect(await lossOf({ [input]: floats([2], [2, 2]) })).not.toEqual(await lossOf({}));
  });
});

describe('dropout', () => {
  it('drops nothing unless masks are asked for', async () => {
    expect((await derive(dropping, { batch: 4 })).masks).toEqual([]);
  });

  it('takes masks from outside, and enlarges what they keep', async () => {
    const training = await derive(dropping, { batch: 4, dropout: 'masks' });
    const [mask] = training.masks;
    expect(mask).toMatchObject({ dims: [4, 2], keep: 0.25 });
    const bytes = Uint8Array.of(1, 0, 1, 0, 1, 0, 1, 0);
    const input = mask?.input ?? '';
    const state = startState(dropping, training);
    const masked = await runOnce(anyEngine, training.stepGraph, {
      ...feeds,
      ...state,
      [input]: { type: 'UINT8', dims: [4, 2], data: bytes },
    });
    // What the mask leaves of the data, four times as large: keep is 1/4.
    const left = floats(
      [4, 2],
      Array.from(rows.data as Float32Array, (value, index) => 4 * value * (bytes[index] ?? 0)),
    );
    const without = await derive(dropping, { batch: 4 });
    const expected = await runOnce(anyEngine, without.stepGraph, { ...feeds, ...state, [dataName('x')]: left });
    for (const name of Object.keys(expected)) {
      for (const [index, value] of numbers(expected, name).entries()) {
        expect(tensor(masked, name).data[index]).toBeCloseTo(value, 5);
      }
    }
    const epoch = await runOnce(anyEngine, training.epochGraph, {
      ...feeds,
      ...state,
      [TRAINING_NAMES.exampleWeights]: floats([1, 4], [1, 1, 1, 1]),
      [TRAINING_NAMES.permutation]: longs([1, 4], [0, 1, 2, 3]),
      [input]: { type: 'UINT8', dims: [1, 4, 2], data: bytes },
    });
    for (const { output } of training.stateSpec)
      expect(tensor(epoch, output).data).toEqual(tensor(masked, output).data);
  });
});

describe('recurrent layers', () => {
  it('are unrolled in training graphs, and learn', async () => {
    const model = network(
      (graph, x) => {
        const inputs = [
          graph.node('Transpose', [x], { attributes: { perm: intsAttribute([1, 0, 2]) } }),
          graph.initializer('w', [1, 8, 2], randomFloats([1, 8, 2], 1).data),
          graph.initializer('r', [1, 8, 2], randomFloats([1, 8, 2], 2).data),
        ];
        const attributes = { hidden_size: intAttribute(2) };
        const [, last = ''] = graph.nodes('LSTM', inputs, { attributes, outputs: ['', 'last'] });
        return graph.node('Squeeze', [last, graph.initializer('front', [1], BigInt64Array.of(0n))]);
      },
      [5, 2],
    );
    const training = await derive(model, { batch: 4, optimizer: { name: 'adam' } });
    const results = await runOnce(anyEngine, training.epochGraph, {
      ...feeds,
      ...startState(model, training),
      [dataName('x')]: randomFloats([4, 5, 2], 3),
      [TRAINING_NAMES.permutation]: longs(
        [60, 4],
        Array.from({ length: 240 }, (_, index) => index % 4),
      ),
      [TRAINING_NAMES.exampleWeights]: floats([60, 4], new Float32Array(240).fill(1)),
    });
    const losses = numbers(results, TRAINING_NAMES.loss);
    expect(losses.at(-1)).toBeLessThan(0.1 * (losses[0] ?? 0));
  });
});

describe('shapes that the model computes', () => {
  const model = network(
    (graph, x) => {
      const sizes = (name: string, values: readonly bigint[]) =>
        graph.initializer(name, [values.length], BigInt64Array.from(values));
      const size = graph.node('Gather', [graph.node('Shape', [x]), sizes('first', [0n])]);
      const shape = graph.node('Concat', [size, sizes('rest', [-1n])], { attributes: { axis: intAttribute(0) } });
      return graph.node('Reshape', [x, shape]);
    },
    [1, 2],
  );

  it('are numbers in training graphs, and still computed where the batch is free', async () => {
    const training = await derive(model, { batch: 4 });
    const operators = decodeModel(training.stepGraph).graph.nodes.map(({ opType }) => opType);
    expect(operators).not.toContain('Shape');
    expect(operators).not.toContain('Concat');
    const x = floats([4, 1, 2], rows.data as Float32Array);
    const results = await runOnce(anyEngine, training.stepGraph, {
      ...feeds,
      ...startState(model, training),
      [dataName('x')]: x,
    });
    const { [TRAINING_NAMES.learningRate]: _, ...evaluated } = feeds;
    const whole = await runOnce(anyEngine, training.evaluationGraph, {
      ...evaluated,
      ...startState(model, training),
      [dataName('x')]: x,
    });
    const lossSum = numbers(whole, TRAINING_NAMES.lossSum)[0] ?? NaN;
    expect(numbers(results, TRAINING_NAMES.loss)[0]).toBeCloseTo(lossSum / 4, 5);
    const single = await runOnce(anyEngine, training.evaluationGraph, {
      ...startState(model, training),
      [dataName('x')]: floats([1, 1, 2], [1, 0]),
      [TRAINING_NAMES.labels]: longs([1], [0]),
      [TRAINING_NAMES.exampleWeights]: floats([1], [1]),
    });
    expect(numbers(single, TRAINING_NAMES.weightSum)).toEqual([1]);
  });
});
