import { inferAsBytes, prepareModel, publishModel, startRun, watchRun, weightsOf, type Client } from '@sedge/cli';
import { nodeCrypto, systemClock, systemRandomness } from '@sedge/kit';
import {
  decodeSafetensors,
  float32Tensor,
  float32Values,
  type ModelName,
  type RunPlanInput,
  type Tensor,
} from '@sedge/protocol';
import { routes, type ModelVersionView, type RunView } from '@sedge/protocol/routes';
import { classify, type DenseLayer } from '@sedge/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DigitExamples } from '../../src/data/digits.ts';
import { deployEverywhere } from '../../src/demo/models.ts';
import { uploadTestSet } from '../../src/demo/test-set.ts';
import { TEST_SET } from '../../src/demo/train.ts';
import { hardFile, perceptronFile } from '../support/onnx-models.ts';
import { SHARED, startTestFleet, type TestFleet } from '../support/test-fleet.ts';

const NODES = 2;
const RESULT = 'onnx-trained' as ModelName;

let running: TestFleet;
let client: Client;
let model: ModelVersionView;

beforeAll(async () => {
  running = await startTestFleet({ agents: NODES });
  client = running.fleet.client;
  model = await publish('onnx-untrained' as ModelName, perceptronFile('system tests'));
  await uploadTestSet(client, running.digits.test);
}, 120_000);
afterAll(() => running[Symbol.asyncDispose]());

async function publish(name: ModelName, artifact: Uint8Array<ArrayBuffer>): Promise<ModelVersionView> {
  const { content, described } = await prepareModel({ name, artifact, format: 'onnx' }, {});
  return publishModel(client, content, described, running.fleet.publisherKey, new Date(systemClock.now()));
}

function planOf(more: Partial<RunPlanInput>): RunPlanInput {
  return {
    model: { name: model.name, version: model.version },
    dataset: SHARED,
    local: { epochs: 3, batchSize: 16, learningRate: 0.1, optimizer: { name: 'momentum' } },
    ...more,
  };
}

function start(plan: RunPlanInput): Promise<RunView> {
  const publisherKey = () => Promise.resolve(running.fleet.publisherKey);
  return startRun({ client, randomness: systemRandomness, nowMs: systemClock.now(), publisherKey }, plan);
}

const watching = { heading: () => undefined, round: () => undefined };

async function ended(plan: RunPlanInput): Promise<RunView> {
  return watchRun(client, (await start(plan)).id, { clock: systemClock }, watching);
}

async function trainedWeights(run: RunView): Promise<readonly Tensor[]> {
  return decodeSafetensors(await client.getBlob(nodeCrypto, weightsOf(run)));
}

/** The perceptron of the plain reference with these weights, so without ONNX, runtime and network. */
function offlineClasses(weights: readonly Tensor[], { features, rows }: DigitExamples): number[] {
  const layers = [0, 1].map((index): DenseLayer => {
    const [weight, bias] = ['weight', 'bias'].map((part) =>
      weights.find(({ name }) => name === `layer${index}.${part}`),
    );
    const [inputs = 0, outputs = 0] = weight?.shape ?? [];
    if (weight === undefined || bias === undefined) throw new Error(`layer ${index} has no weights`);
    return { inputs, outputs, weight: float32Values(weight), bias: float32Values(bias) };
  });
  return classesIn(classify(layers, features), rows);
}

function classesIn(probabilities: Float32Array, rows: number): number[] {
  return Array.from({ length: rows }, (_, row) => {
    const own = probabilities.subarray(row * 10, (row + 1) * 10);
    return own.indexOf(own.reduce((most, value) => Math.max(most, value)));
  });
}

function accuracyOf(classes: readonly number[], { labels, rows }: DigitExamples): number {
  return classes.filter((digit, row) => digit === labels[row]).length / rows;
}

/** Beside others a machine with two cores takes its time to derive graphs and to start hosts. */
const PATIENCE = { timeout: 90_000 };

describe('an ONNX file', PATIENCE, () => {
  it('is looked into when it is published, and names its parameters', () => {
    expect(model.inspection).toMatchObject({ trainable: true, reasons: [] });
    expect(model.inspection?.operators).toContainEqual({ operator: 'Gemm', count: 2 });
    expect(model.parameters?.map(({ name }) => name)).toEqual([
      'layer0.weight',
      'layer0.bias',
      'layer1.weight',
      'layer1.bias',
    ]);
  });

  it('is trained by the nodes, published, and served at once as the weights say', async () => {
    const { test } = running.digits;
    const run = await ended(planOf({ rounds: 4, evaluation: { dataset: TEST_SET }, publishAs: RESULT }));
    expect(run).toMatchObject({ state: 'finished', round: 4, published: { name: RESULT, version: 1 } });
    const published = await client.call(routes.getModelVersion, { path: { model: RESULT, version: '1' } });
    expect(published).toMatchObject({ delegated: true, artifact: model.artifact, inspection: { trainable: true } });
    expect(await deployEverywhere(client, published)).toBe(NODES);
    const features = float32Tensor('features', [test.rows, 64], test.features);
    const { outputs } = await inferAsBytes(client, { name: RESULT, version: 1 }, [features]);
    const served = classesIn(float32Values(outputs[0] as Tensor), test.rows);
    const offline = offlineClasses(await trainedWeights(run), test);
    expect(served).toEqual(offline);
    // Ten classes: chance is 0.1.
    expect(accuracyOf(served, test)).toBeGreaterThan(0.8);
    expect(run.accuracy).toBeCloseTo(accuracyOf(offline, test), 12);
  });

  it('is trained on one node, of which steps, loss and speed are told', async () => {
    const [node] = (await client.call(routes.listNodes)).items;
    const told: NonNullable<RunView['training']>[] = [];
    const local = { epochs: 20, batchSize: 4, learningRate: 0.02 };
    const plan = planOf({ kind: 'local', node: node?.name ?? '', local, publishAs: 'onnx-local' });
    const output = { ...watching, training: (training: (typeof told)[number]) => void told.push(training) };
    const run = await watchRun(client, (await start(plan)).id, { clock: systemClock }, output);
    expect(run).toMatchObject({ state: 'finished', population: 1, published: { name: 'onnx-local', version: 1 } });
    const last = told.at(-1);
    expect(last?.stepsDone).toBe(last?.stepsTotal);
    expect(last?.loss).toBeGreaterThan(0);
    expect(last?.examplesPerSecond).toBeGreaterThan(0);
    const accuracy = accuracyOf(offlineClasses(await trainedWeights(run), running.digits.test), running.digits.test);
    expect(accuracy).toBeGreaterThan(0.7);
  });

  it('is evaluated on the set of the coordinator, and on the rows of the nodes', async () => {
    const result = { name: RESULT, version: 1 };
    const { test, train } = running.digits;
    const [trained] = (await client.call(routes.listRuns)).items.filter(({ published }) => published?.name === RESULT);
    const here = await ended({ kind: 'evaluation', model: result, dataset: TEST_SET, heldBy: 'coordinator' });
    expect(here).toMatchObject({ state: 'finished', population: 0 });
    expect(here.accuracy).toBe(trained?.accuracy);
    expect(here.loss).toBeCloseTo(trained?.loss ?? 0, 6);
    const there = await ended({ kind: 'evaluation', model: result, dataset: SHARED });
    expect(there).toMatchObject({ state: 'finished', population: NODES });
    const rounds = (await client.call(routes.getRounds, { path: { run: there.id } })).items;
    expect(rounds).toMatchObject([{ updates: NODES, examples: train.rows, weights: here.weights }]);
    const weights = await trainedWeights(trained as RunView);
    expect(there.accuracy).toBeCloseTo(accuracyOf(offlineClasses(weights, train), train), 12);
    expect(test.rows).toBeGreaterThan(0);
  });

  it('with fewer classes than the labels of the nodes have is trained by none of them, and the run says why', async () => {
    const { name, version } = await publish('onnx-narrow' as ModelName, perceptronFile('narrow', 5));
    const run = await ended(planOf({ model: { name, version } }));
    expect(run).toMatchObject({ state: 'failed', error: { code: 'TOO_FEW_UPDATES' } });
    expect(run.error?.detail).toContain(`DATASET_MISMATCH (${NODES})`);
  });

  it('that cannot be trained says which operator is in the way, when it is published and when a run names it', async () => {
    const hard = await publish('onnx-hard' as ModelName, hardFile());
    expect(hard.inspection).toMatchObject({ trainable: false, reasons: [{ operator: 'Hardmax' }] });
    const { name, version } = hard;
    await expect(start(planOf({ model: { name, version } }))).rejects.toMatchObject({
      code: 'MODEL_NOT_TRAINABLE',
      detail: expect.stringContaining('Hardmax'),
    });
    expect(await ended({ kind: 'evaluation', model: { name, version }, dataset: SHARED })).toMatchObject({
      state: 'finished',
    });
  });
});
