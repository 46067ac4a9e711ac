import { encodeModel, GraphBuilder, modelOf } from '@sedge/autodiff';
import { float32Tensor, type Tensor } from '@sedge/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { TrainingConfig, TrainingOutcome, TrainingSession } from '../../src/engine.ts';
import { componentEngine } from '../../src/engines/component.ts';
import { exportMlpOnnx } from '../../src/export-onnx.ts';
import { trainPerceptron } from '../../src/reference/perceptron.ts';
import { GraphStore } from '../../src/training/derived-graphs.ts';
import { onnxEngines } from '../engines/onnx-engines.ts';
import {
  exampleTensors,
  largestDifference,
  layerTensors,
  mlpComponent,
  seededExamples,
  seededLayers,
  valuesOf,
} from '../mlp.ts';

const sizes = [20, 12, 5];
const layers = seededLayers(sizes, 1);
const weights = layerTensors(layers);
const artifact = exportMlpOnnx({ weights });
/** 43 rows in batches of 8: the last batch of an epoch has three. */
const examples = seededExamples(sizes, 43, 3);
const tensors = exampleTensors(examples);
const [features, labels] = tensors as [Tensor, Tensor];
const config: Omit<TrainingConfig, 'correction'> = {
  epochs: 2,
  batchSize: 8,
  learningRate: 0.1,
  seed: 7n,
  proximal: 0,
};
const STEPS = 12;

describe.each(onnxEngines)('training of ONNX models on $name', ({ make }) => {
  let training: TrainingSession | undefined;
  afterEach(async () => {
    await training?.close();
    training = undefined;
  });

  async function open(model: Uint8Array = artifact, memoryBytesMax = 2 ** 30): Promise<TrainingSession> {
    await training?.close();
    return (training = await make({ memoryBytesMax }).openTraining({ format: 'onnx', artifact: model }));
  }

  async function train(
    settings: Partial<TrainingConfig> = {},
    { model = artifact, start = weights, data = tensors, chunk = 5 } = {},
  ): Promise<TrainingOutcome> {
    const session = await open(model);
    await session.begin(start, data, { ...config, ...settings });
    await stepToEnd(session, chunk);
    return session.finish();
  }

  it.each<[string, Partial<typeof config>]>([
    ['plain SGD with a short last batch', {}],
    ['FedProx', { proximal: 0.5, epochs: 4 }],
    ['a batch larger than the data', { batchSize: 1_000, epochs: 5 }],
    ['batches of one', { batchSize: 1, epochs: 1 }],
  ])('ends with the weights of the plain reference: %s', async (_what, settings) => {
    const outcome = await train(settings);
    const reference = trainPerceptron(layers, examples, { ...config, ...settings });
    expect(distance(outcome.weights, layerTensors(reference.layers))).toBeLessThanOrEqual(1e-5);
  });

  it('ends with the weights of the component, SCAFFOLD included', async () => {
    const correction = weights.map(({ name, shape }, index) =>
      float32Tensor(name, shape, new Float32Array(shape.reduce((a, b) => a * b)).fill(0.01 * (index - 1))),
    );
    const settings = { ...config, correction };
    const engine = componentEngine({ log: () => undefined });
    const component = await engine.openTraining({ format: 'component', artifact: await mlpComponent() });
    await component.begin(weights, tensors, settings);
    const progress = await component.step(STEPS);
    const expected = await component.finish();
    await component.close();

    const session = await open();
    await session.begin(weights, tensors, settings);
    const { lossSum, ...counts } = await session.step(STEPS);
    expect(counts).toEqual({ stepsDone: STEPS, stepsTotal: STEPS, examplesSeen: 86 });
    expect(lossSum).toBeCloseTo(progress.lossSum, 4);
    const outcome = await session.finish();
    expect(distance(outcome.weights, expected.weights)).toBeLessThanOrEqual(1e-5);
    for (const { name, value } of expected.metrics) {
      expect(outcome.metrics.find((metric) => metric.name === name)?.value).toBeCloseTo(value, 4);
    }
  }, 60_000);

  it('gives the same, bit for bit, however it is cut into chunks', async () => {
    const whole = await train({}, { chunk: 100 });
    expect((await train({}, { chunk: 1 })).weights).toEqual(whole.weights);
  });

  it.each<[string, Partial<TrainingConfig>]>([
    ['momentum and FedProx', { optimizer: { name: 'sgd', momentum: 0.9 }, proximal: 0.1 }],
    ['Adam', { optimizer: { name: 'adam' }, learningRate: 0.01 }],
  ])('goes on from a checkpoint as if it had not been interrupted: %s', async (_what, settings) => {
    const whole = await train(settings);
    const first = await open();
    await first.begin(weights, tensors, { ...config, ...settings });
    await first.step(8);
    const checkpoint = (await first.checkpoint?.()) ?? [];
    const second = await open();
    await second.begin(weights, tensors, { ...config, ...settings }, checkpoint);
    expect(await second.step(0)).toMatchObject({ stepsDone: 8, examplesSeen: 59 });
    await stepToEnd(second, 3);
    expect(await second.finish()).toEqual(whole);
    await expect(open().then((third) => third.begin(weights, tensors, config, weights))).rejects.toMatchObject({
      code: 'TENSOR_MISMATCH',
      detail: expect.stringContaining('no checkpoint'),
    });
  });

  it('takes bytes, scaled in the graph, as it takes floats', async () => {
    const bytes = Uint8Array.from({ length: 43 * 20 }, (_, index) => (index * 37) % 256);
    const asBytes: Tensor = { name: 'features', dataType: 'UINT8', shape: [43, 20], data: bytes };
    const asFloats = float32Tensor(
      'features',
      [43, 20],
      Float32Array.from(bytes, (value) => value / 255),
    );
    const fromBytes = await train({ inputScale: 1 / 255 }, { data: [asBytes, labels] });
    const fromFloats = await train({}, { data: [asFloats, labels] });
    expect(distance(fromBytes.weights, fromFloats.weights)).toBeLessThanOrEqual(1e-5);
  });

  it('trains one example, and the weights that patterns name', async () => {
    const one = exampleTensors({ features: examples.features.subarray(0, 20), labels: [4] });
    const outcome = await train({ trainable: ['layer1.*'] }, { data: one });
    const [before, after] = [weights, outcome.weights].map((list) => list.map(valuesOf));
    expect(after?.slice(0, 2)).toEqual(before?.slice(0, 2));
    expect(largestDifference(after?.[2] ?? [], before?.[2] ?? [])).toBeGreaterThan(1e-3);
    expect(outcome.metrics).toContainEqual({ name: 'examples', value: 2 });
  });

  it('trains the weights that it is given, and leaves those of the file', async () => {
    const head = weights.slice(2);
    const outcome = await train({}, { start: head });
    const all = await train({ trainable: ['layer1.*'] });
    expect(outcome.weights.map(({ name }) => name)).toEqual(['layer1.weight', 'layer1.bias']);
    expect(distance(outcome.weights, all.weights.slice(2))).toBeLessThanOrEqual(1e-6);
  });

  it('fits numbers where the model ends without an activation', async () => {
    const graph = new GraphBuilder('line');
    const x = graph.input('x', 'FLOAT', ['batch', 1]);
    const sum = graph.gemm(
      x,
      graph.initializer('slope', [1, 1], Float32Array.of(0)),
      graph.initializer('offset', [1], Float32Array.of(0)),
    );
    graph.output(sum, 'FLOAT', ['batch', 1]);
    const model = encodeModel(modelOf(graph.build()));
    const values = [-1, -0.5, 0, 0.5, 1];
    const line = [
      float32Tensor('x', [5, 1], values),
      float32Tensor(
        'labels',
        [5, 1],
        values.map((value) => 3 * value - 2),
      ),
    ];
    const start = [float32Tensor('slope', [1, 1], [0]), float32Tensor('offset', [1], [0])];
    await expect(train({}, { model, start, data: line })).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      detail: expect.stringContaining('which loss'),
    });
    const fitted = await train(
      { loss: 'mean-squared', epochs: 200, batchSize: 2 },
      { model, start, data: line, chunk: 200 },
    );
    // y = 3x − 2.
    expect(
      largestDifference(
        fitted.weights.flatMap((weight) => [...valuesOf(weight)]),
        [3, -2],
      ),
    ).toBeLessThan(1e-3);
    expect(fitted.metrics.map(({ name }) => name)).toEqual(['loss', 'steps', 'examples']);
  });

  it('drops values by masks from the seed, the same however the steps are cut', async () => {
    const graph = new GraphBuilder('dropped');
    const dropped = graph.node('Dropout', [graph.input('x', 'FLOAT', ['batch', 20])], { outputs: ['kept', 'mask'] });
    const sums = graph.gemm(
      dropped,
      graph.initializer('w', [20, 5], new Float32Array(100)),
      graph.initializer('b', [5], new Float32Array(5)),
    );
    graph.output(graph.softmax(sums, 'y'), 'FLOAT', ['batch', 5]);
    const model = encodeModel(modelOf(graph.build()));
    const start = [float32Tensor('w', [20, 5], new Float32Array(100)), float32Tensor('b', [5], new Float32Array(5))];
    const [whole, cut, otherwise, without] = [
      await train({ dropout: true }, { model, start, chunk: 100 }),
      await train({ dropout: true }, { model, start, chunk: 1 }),
      await train({ dropout: true, seed: 8n }, { model, start }),
      await train({}, { model, start }),
    ];
    expect(cut).toEqual(whole);
    expect(distance(otherwise.weights, whole.weights)).toBeGreaterThan(1e-3);
    expect(distance(without.weights, whole.weights)).toBeGreaterThan(1e-3);
  });

  it('derives graphs once for models and settings that are the same', async () => {
    const graphs = new GraphStore();
    let derivations = 0;
    const counted = {
      getOrDerive: (key: string, derive: () => Promise<never>) =>
        graphs.getOrDerive(key, () => (derivations++, derive())),
    };
    const engine = make({ graphs: counted as unknown as GraphStore });
    for (const batchSize of [8, 8, 4]) {
      const session = await engine.openTraining({ format: 'onnx', artifact });
      await session.begin(weights, tensors, { ...config, batchSize });
      await session.close();
    }
    expect(derivations).toBe(2);
  });

  it.each<[string, Partial<TrainingConfig>, readonly Tensor[], readonly Tensor[], string, string]>([
    ['no labels', {}, weights, tensors.slice(0, 1), 'TENSOR_MISMATCH', 'no tensor labels'],
    ['a label that is no class', {}, weights, withLabel(5), 'TENSOR_MISMATCH', 'example 42 is 5; there are 5'],
    ['a negative label', {}, weights, withLabel(-1), 'TENSOR_MISMATCH', 'example 42 is -1'],
    ['features of another size', {}, weights, exampleTensors(seededExamples([19, 5], 4, 1)), 'TENSOR_MISMATCH', '19'],
    [
      'no examples',
      {},
      weights,
      [float32Tensor('features', [0, 20], []), { ...labels, shape: [0], data: new Uint8Array() }],
      'TENSOR_MISMATCH',
      'no examples',
    ],
    ['unknown weights', {}, [...weights, float32Tensor('z', [1], [1])], tensors, 'TENSOR_MISMATCH', 'z'],
    ['no weights', {}, [], tensors, 'TENSOR_MISMATCH', 'no weights'],
    ['patterns without a match', { trainable: ['conv*'] }, weights, tensors, 'TENSOR_MISMATCH', 'conv*'],
    ['no epochs', { epochs: 0 }, weights, tensors, 'PLAN_INVALID', 'epochs is 0'],
    ['half an example', { batchSize: 0.5 }, weights, tensors, 'PLAN_INVALID', 'batchSize is 0.5'],
    ['a rate that is no number', { learningRate: Number.NaN }, weights, tensors, 'PLAN_INVALID', 'learningRate'],
    [
      'an impossible optimizer',
      { optimizer: { name: 'adam', momentum: 1 } },
      weights,
      tensors,
      'PLAN_INVALID',
      'momentum',
    ],
  ])('refuses %s', async (_what, settings, start, data, code, detail) => {
    const session = await open();
    const begun = session.begin(start, data, { ...config, ...settings });
    await expect(begun).rejects.toMatchObject({ code, detail: expect.stringContaining(detail) });
  });

  it('stops when the loss is no number any more', async () => {
    await expect(train({ learningRate: 1e30 })).rejects.toMatchObject({ code: 'TRAINING_DIVERGED' });
    const holes = float32Tensor('features', features.shape, valuesOf(features).fill(Number.NaN, 0, 1));
    await expect(train({}, { data: [holes, labels] })).rejects.toMatchObject({ code: 'TRAINING_DIVERGED' });
  });

  it('says how much memory a training would take that does not fit', async () => {
    const session = await open(artifact, 8_000);
    await expect(session.begin(weights, tensors, config)).rejects.toMatchObject({
      code: 'TRAINING_TOO_LARGE',
      detail: expect.stringMatching(/needs about 0\.0 MB .*; the host has 0\.0 MB/),
    });
  });

  it('names the operator without a gradient', async () => {
    const graph = new GraphBuilder('rounded');
    const x = graph.input('x', 'FLOAT', ['batch', 2]);
    const sums = graph.node('MatMul', [x, graph.initializer('w', [2, 2], Float32Array.of(1, 2, 3, 4))]);
    graph.output(graph.node('Hardmax', [sums]), 'FLOAT', ['batch', 2]);
    const model = encodeModel(modelOf(graph.build()));
    const session = await open(model);
    const start = [float32Tensor('w', [2, 2], [1, 2, 3, 4])];
    const data = [float32Tensor('x', [1, 2], [1, 2]), float32Tensor('labels', [1, 2], [1, 2])];
    await expect(session.begin(start, data, { ...config, loss: 'mean-squared' })).rejects.toMatchObject({
      code: 'MODEL_NOT_TRAINABLE',
      detail: expect.stringContaining('Hardmax'),
    });
  });
});

it('a component refuses settings that it does not know', async () => {
  const engine = componentEngine({ log: () => undefined });
  const component = await engine.openTraining({ format: 'component', artifact: await mlpComponent() });
  const settings = { ...config, optimizer: { name: 'adam' }, trainable: ['layer1.*'] } as const;
  await expect(component.begin(weights, tensors, settings)).rejects.toMatchObject({
    code: 'PLAN_INVALID',
    detail: expect.stringContaining('leave out optimizer, trainable'),
  });
  await component.close();
}, 60_000);

function withLabel(label: number): Tensor[] {
  return exampleTensors({ features: examples.features, labels: [...Array.from(examples.labels).slice(0, 42), label] });
}

async function stepToEnd(session: TrainingSession, chunk: number): Promise<void> {
  let progress = await session.step(chunk);
  while (progress.stepsDone < progress.stepsTotal) progress = await session.step(chunk);
}

/** The largest difference between tensors of the same names; infinite for other names. */
function distance(found: readonly Tensor[], expected: readonly Tensor[]): number {
  if (found.map(({ name }) => name).join() !== expected.map(({ name }) => name).join()) return Infinity;
  return Math.max(...found.map((tensor, index) => largestDifference(valuesOf(tensor), valuesOf(expected[index]))));
}
