import { float32Tensor, type Tensor } from '@sedge/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Session, TrainingConfig, TrainingProgress } from '../../src/engine.ts';
import { componentEngine } from '../../src/engines/component.ts';
import { classify, type DenseLayer, trainPerceptron } from '../../src/reference/perceptron.ts';
import {
  exampleTensors,
  largestDifference,
  layerTensors,
  mlpComponent,
  seededExamples,
  seededLayers,
  seededValues,
  valuesOf,
} from '../mlp.ts';

const log = (): void => undefined;
const TOLERANCE = 1e-5;
let component: Uint8Array;

beforeAll(async () => {
  component = await mlpComponent();
}, 60_000);

function open(layers?: readonly DenseLayer[]): Promise<Session> {
  const weights = layers === undefined ? {} : { weights: layerTensors(layers) };
  return componentEngine({ log }).open({ format: 'component', artifact: component, ...weights });
}

describe('inference', () => {
  it.each([
    [[784, 200, 200, 10], 1],
    [[784, 200, 200, 10], 33],
    [[64, 32, 10], 7],
    [[5, 3], 4],
    [[3, 1, 2, 9], 5],
  ])('of %j with %i rows agrees with the reference', async (sizes, rows) => {
    const layers = seededLayers(sizes, 11);
    const features = seededValues(3, rows * (sizes[0] ?? 0));
    const session = await open(layers);
    const [probabilities] = await session.run('infer', [float32Tensor('features', [rows, sizes[0] ?? 0], features)]);
    expect(probabilities?.shape).toEqual([rows, sizes.at(-1)]);
    const difference = largestDifference(valuesOf(probabilities), classify(layers, features));
    expect(difference).toBeLessThanOrEqual(TOLERANCE);
  });
});

type PlainConfig = Omit<TrainingConfig, 'correction'>;

const plain: PlainConfig = {
  epochs: 2,
  batchSize: 16,
  learningRate: 0.1,
  seed: 0x0123_4567_89ab_cdefn,
  proximal: 0,
};

async function train(sizes: readonly number[], count: number, config: PlainConfig, correction?: DenseLayer[]) {
  const layers = seededLayers(sizes, 21);
  const examples = seededExamples(sizes, count, 5);
  const { training } = await open();
  await training?.begin(layerTensors(layers), exampleTensors(examples), {
    ...config,
    ...(correction && { correction: layerTensors(correction) }),
  });
  let progress: TrainingProgress | undefined;
  do progress = await training?.step(3);
  while (progress && progress.stepsDone < progress.stepsTotal);
  const outcome = await training?.finish();
  const reference = trainPerceptron(layers, examples, { ...config, ...(correction && { correction }) });
  const differences = layerTensors(reference.layers).map((tensor, index) =>
    largestDifference(valuesOf(tensor), valuesOf(outcome?.weights[index])),
  );
  return { difference: Math.max(...differences), progress, outcome, reference };
}

describe('training', () => {
  it.each([
    [[784, 200, 200, 10], 50],
    [[64, 32, 10], 100],
    [[5, 3], 21],
    [[3, 6, 2], 17],
  ])('of %j on %i examples agrees with the reference', async (sizes, count) => {
    const { difference, progress, reference } = await train(sizes, count, plain);
    expect(difference).toBeLessThanOrEqual(TOLERANCE);
    expect(progress).toMatchObject({ stepsDone: 2 * Math.ceil(count / 16), examplesSeen: 2 * count });
    expect(progress?.lossSum).toBeCloseTo(reference.lossSum, 3);
  });

  it('with a proximal and a correction term agrees with the reference', async () => {
    const sizes = [64, 32, 10];
    const correction = seededLayers(sizes, 77);
    const { difference } = await train(sizes, 100, { ...plain, proximal: 0.5 }, correction);
    expect(difference).toBeLessThanOrEqual(TOLERANCE);
  });
});

describe('what the perceptron refuses', () => {
  const sizes = [4, 3];
  const layers = seededLayers(sizes, 1);
  const [weight, bias] = layerTensors(layers);
  const [features, labels] = exampleTensors(seededExamples(sizes, 6, 2));

  it.each([
    ['no weights', [], 'pairs'],
    ['a missing bias', [weight], 'pairs'],
    ['a bias of another length', [weight, float32Tensor('layer0.bias', [4], [1, 2, 3, 4])], 'layer0.bias'],
    ['a weight that is no matrix', [float32Tensor('layer0.weight', [12], new Float32Array(12)), bias], 'layer0.weight'],
    ['layers that do not fit', layerTensors([...layers, ...seededLayers([4, 2], 1)]), 'layer1.weight'],
  ])('%s', async (_what, weights, detail) => {
    const opened = componentEngine({ log }).open({
      format: 'component',
      artifact: component,
      weights: weights.filter((tensor) => tensor !== undefined),
    });
    await expect(opened).rejects.toMatchObject({ code: 'WEIGHTS_REFUSED', detail: expect.stringContaining(detail) });
  });

  it.each([
    ['too many columns', 'infer', [float32Tensor('features', [1, 5], [1, 2, 3, 4, 5])], 'TENSOR_MISMATCH'],
    ['another name', 'infer', [float32Tensor('x', [1, 4], [1, 2, 3, 4])], 'TENSOR_MISMATCH'],
    ['no input', 'infer', [], 'TENSOR_MISMATCH'],
    ['an unknown function', 'outfer', [], 'FUNCTION_NOT_FOUND'],
  ])('%s', async (_what, functionName, inputs, code) => {
    const session = await open(layers);
    await expect(session.run(functionName, inputs)).rejects.toMatchObject({ code, exposed: true });
  });

  it.each([
    ['a label that is no class', [features, bytesTensor('labels', [0, 1, 2, 3, 0, 1])], plain],
    ['fewer labels than rows', [features, bytesTensor('labels', [0, 1])], plain],
    ['no labels', [features], plain],
    ['no epochs', [features, labels], { ...plain, epochs: 0 }],
    ['a batch of none', [features, labels], { ...plain, batchSize: 0 }],
    ['an infinite learning rate', [features, labels], { ...plain, learningRate: Number.POSITIVE_INFINITY }],
    ['a negative proximal term', [features, labels], { ...plain, proximal: -1 }],
    [
      'a correction of another shape',
      [features, labels],
      { ...plain, correction: layerTensors(seededLayers([3, 3], 1)) },
    ],
  ])('training with %s', async (_what, examples, config) => {
    const { training } = await open();
    const begun = training?.begin(
      layerTensors(layers),
      examples.filter((tensor) => tensor !== undefined),
      config,
    );
    await expect(begun).rejects.toMatchObject({ code: 'TENSOR_MISMATCH' });
    await expect(training?.step(1)).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
  });

  it('nothing that it can take: labels as bytes, and a batch larger than the examples', async () => {
    const { training } = await open();
    const examples = [features, bytesTensor('labels', [0, 1, 2, 2, 1, 0])].filter((tensor) => tensor !== undefined);
    await training?.begin(layerTensors(layers), examples, { ...plain, batchSize: 0xffff_ffff });
    expect(await training?.step(9)).toMatchObject({ stepsDone: 2, stepsTotal: 2, examplesSeen: 12 });
  });
});

describe('memory', () => {
  // 1 MiB: a leak of a hundred bytes in each of the calls would fill it, and the model would trap.
  const caps = { memoryPagesMax: 16, tableEntriesMax: 100 };

  it('does not grow over 10,000 calls and 300 trainings', async () => {
    const sizes = [16, 8, 4];
    const layers = seededLayers(sizes, 3);
    const examples = exampleTensors(seededExamples(sizes, 40, 4));
    const session = await componentEngine({ log, caps }).open({
      format: 'component',
      artifact: component,
      weights: layerTensors(layers),
    });
    const inputs = [float32Tensor('features', [8, 16], seededValues(5, 128))];
    for (let call = 0; call < 10_000; call++) await session.run('infer', inputs);
    for (let round = 0; round < 300; round++) {
      await session.training?.begin(layerTensors(layers), examples, { ...plain, correction: layerTensors(layers) });
      await session.training?.step(1 + (round % 8));
      if (round % 3 > 0) await session.training?.finish();
    }
    expect(await session.run('infer', inputs)).toHaveLength(1);
  });
});

function bytesTensor(name: string, values: readonly number[]): Tensor {
  return { name, dataType: 'UINT8', shape: [values.length], data: Uint8Array.from(values) };
}
