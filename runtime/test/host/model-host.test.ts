import { systemClock } from '@sedge/kit';
import { collectingLog, fakeClock } from '@sedge/kit/testing';
import { float32Tensor, type Tensor } from '@sedge/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ModelFiles, TrainingConfig, TrainingProgress } from '../../src/engine.ts';
import type { ModelHost, ModelHostOptions } from '../../src/host/model-host.ts';
import { startProcessHost } from '../../src/host/process-host.ts';
import { startWorkerHost } from '../../src/host/worker-host.ts';
import { classify, trainPerceptron } from '../../src/reference/perceptron.ts';
import { exportMlpOnnx } from '../../src/export-onnx.ts';
import { craftComponent } from '../crafted-component.ts';
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

const SAY_SPINNING = '(call $log (i32.const 1) (i32.const 900) (i32.const 8))';
const SPINNING_TEXT = '(data (i32.const 900) "spinning")';
const SPIN = '(loop $again (br $again))';

const sizes = [64, 32, 10];
const layers = seededLayers(sizes, 1);
const features = float32Tensor('features', [2, 64], seededValues(2, 128));
const config: Omit<TrainingConfig, 'correction'> = {
  epochs: 2,
  batchSize: 8,
  learningRate: 0.1,
  seed: 7n,
  proximal: 0,
};
const examples = seededExamples(sizes, 40, 3);
const x = [float32Tensor('x', [1], [1])];
const relaxed = { timeoutMs: 60_000 };

let perceptron: ModelFiles;
let spinning: ModelFiles;

beforeAll(async () => {
  perceptron = { format: 'component', artifact: await mlpComponent(), weights: layerTensors(layers) };
  spinning = component(
    await craftComponent({ infer: `${SAY_SPINNING} ${SPIN} (i32.const 512)`, fields: SPINNING_TEXT }),
  );
}, 60_000);

function component(artifact: Uint8Array): ModelFiles {
  return { format: 'component', artifact };
}

/** The two forms of a host keep the same contract. */
describe.each([
  ['a worker thread', startWorkerHost],
  ['a child process', startProcessHost],
])('a model host in %s', (_form, startHost) => {
  /** With the perceptron open, for tests that break nothing: to start a guest takes longer than most of them. */
  let shared: ModelHost;
  /** Of one test. */
  let host: ModelHost | undefined;
  const log = collectingLog();

  beforeAll(async () => {
    shared = startHost({ clock: systemClock, log });
    await shared.open('mlp', perceptron);
  }, 60_000);

  afterAll(() => shared.stop());

  function start(options: Partial<ModelHostOptions> = {}): ModelHost {
    return (host = startHost({ clock: systemClock, log, ...options }));
  }

  afterEach(async () => {
    await host?.stop();
    host = undefined;
  });

  it('opens a model and runs it', async () => {
    const description = await shared.open('again', perceptron);
    expect(description).toMatchObject({ engine: 'component', trainable: true });
    const [probabilities] = await shared.run('again', 'infer', [features], relaxed);
    const expected = classify(layers, valuesOf(features));
    expect(largestDifference(valuesOf(probabilities), expected)).toBeLessThanOrEqual(1e-5);
  });

  it('runs an ONNX model beside a component', async () => {
    const artifact = exportMlpOnnx({ weights: layerTensors(layers) });
    expect(await shared.open('onnx', { format: 'onnx', artifact })).toMatchObject({ engine: 'onnx-web' });
    const [fromComponent] = await shared.run('mlp', 'infer', [features], relaxed);
    const [fromOnnx] = await shared.run('onnx', 'infer', [features], relaxed);
    expect(largestDifference(valuesOf(fromOnnx), valuesOf(fromComponent))).toBeLessThanOrEqual(1e-5);
  });

  it('passes errors on with their codes', async () => {
    await expect(shared.open('bad', component(new Uint8Array(100)))).rejects.toMatchObject({
      code: 'COMPONENT_UNRECOGNISED',
    });
    const unknown = shared.run('mlp', 'outfer', [features], relaxed);
    await expect(unknown).rejects.toMatchObject({
      code: 'FUNCTION_NOT_FOUND',
      detail: 'known functions: infer',
      exposed: true,
    });
    await expect(shared.run('mlp', 'infer', [], relaxed)).rejects.toMatchObject({ code: 'TENSOR_MISMATCH' });
    await expect(shared.run('other', 'infer', [], relaxed)).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
    await shared.open('closed', perceptron);
    await shared.close('closed');
    await expect(shared.run('closed', 'infer', [features], relaxed)).rejects.toMatchObject({
      code: 'MODEL_NOT_LOADED',
    });
  });

  it('ends a model that does not return, and runs those that waited', async () => {
    const clock = fakeClock();
    const host = start({ clock });
    await host.open('mlp', perceptron);
    await host.open('spin', spinning);
    const stuck = host.run('spin', 'infer', x, { timeoutMs: 1_000 });
    const waiting = host.run('mlp', 'infer', [features], relaxed);
    const stuckEnds = expect(stuck).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    await untilLogged(log, 'spinning');
    expect(host.depth).toBe(1);
    await clock.advance(1_000);
    await stuckEnds;
    expect(await waiting).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends a model that does not return from its start function', async () => {
    const clock = fakeClock();
    const host = start({ clock, openTimeoutMs: 500 });
    await host.open('mlp', perceptron);
    const fields = `${SPINNING_TEXT} (func $go ${SPIN}) (start $go)`;
    const opened = host.open('start', component(await craftComponent({ fields })));
    const ends = expect(opened).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    await clock.advance(500);
    await ends;
    expect(await host.run('mlp', 'infer', [features], relaxed)).toHaveLength(1);
  });

  it('trains as the reference does, and tells how far it is', async () => {
    const progress: TrainingProgress[] = [];
    const job = { files: perceptron, weights: layerTensors(layers), examples: exampleTensors(examples), config };
    const outcome = await shared.train(job, { ...relaxed, onProgress: (state) => progress.push(state) });
    const reference = layerTensors(trainPerceptron(layers, examples, config).layers);
    reference.forEach((tensor, index) => {
      expect(largestDifference(valuesOf(tensor), valuesOf(outcome.weights[index]))).toBeLessThanOrEqual(1e-5);
    });
    expect(progress[0]).toMatchObject({ stepsDone: 1, stepsTotal: 10 });
    expect(progress.at(-1)).toMatchObject({ stepsDone: 10, examplesSeen: 80 });
    expect(outcome.metrics).toContainEqual({ name: 'examples', value: 80 });
  });

  it('stops a training between two chunks, and can train again', async () => {
    const controller = new AbortController();
    const job = { files: perceptron, weights: layerTensors(layers), examples: exampleTensors(examples), config };
    const long = { ...job, config: { ...config, epochs: 1_000_000 } };
    const stopped = shared.train(long, { ...relaxed, signal: controller.signal, onProgress: () => controller.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'TRAINING_STOPPED' });
    expect((await shared.train(job, relaxed)).weights).toHaveLength(4);
  });

  it('says that a model cannot be trained', async () => {
    const job = { files: component(await craftComponent()), weights: [], examples: [], config };
    await expect(shared.train(job, relaxed)).rejects.toMatchObject({ code: 'MODEL_NOT_TRAINABLE' });
  });

  it('refuses everything after it was stopped, and works again after a start', async () => {
    const host = start();
    await host.open('mlp', perceptron);
    const cut = host.run('mlp', 'infer', [features], relaxed);
    const ends = expect(cut).rejects.toMatchObject({ code: 'STOPPING' });
    await host.stop();
    await host.stop();
    await ends;
    await expect(host.open('mlp', perceptron)).rejects.toMatchObject({ code: 'STOPPING' });
    await host.start();
    await host.open('mlp', perceptron);
    expect(await host.run('mlp', 'infer', [features], relaxed)).toHaveLength(1);
  });

  it('does not send the neighbours of a view along', async () => {
    const large = new Uint8Array(1_024 * 1_024);
    large.set(features.data, 512);
    const view: Tensor = { ...features, data: large.subarray(512, 512 + features.data.byteLength) };
    const [fromView] = await shared.run('mlp', 'infer', [view], relaxed);
    const [fromOwner] = await shared.run('mlp', 'infer', [features], relaxed);
    expect(fromView).toEqual(fromOwner);
    expect(large.byteLength).toBe(1_024 * 1_024);
  });
});

/** Resolves once a line with this message was logged; the test's own time limit ends a wait in vain. */
async function untilLogged(log: ReturnType<typeof collectingLog>, message: string): Promise<void> {
  while (!log.entries.some((entry) => entry.message === message)) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
