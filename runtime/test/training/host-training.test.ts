import { encodeModel, GraphBuilder, modelOf } from '@sedge/autodiff';
import { silentLog, systemClock } from '@sedge/kit';
import { float32Tensor, type Tensor } from '@sedge/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import type { ModelFiles, TrainingConfig } from '../../src/engine.ts';
import { exportMlpOnnx } from '../../src/export-onnx.ts';
import type { TrainingJob } from '../../src/host/messages.ts';
import { PauseGate } from '../../src/host/pause-gate.ts';
import { startProcessHost } from '../../src/host/process-host.ts';
import { startWorkerHost } from '../../src/host/worker-host.ts';
import { trainPerceptron } from '../../src/reference/perceptron.ts';
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
const examples = seededExamples(sizes, 43, 3);
const config: Omit<TrainingConfig, 'correction'> = {
  epochs: 40,
  batchSize: 8,
  learningRate: 0.1,
  seed: 7n,
  proximal: 0,
};
const relaxed = { timeoutMs: 60_000 };

describe.each(onnxEngines)('training of ONNX models in a host, on $name', ({ name: engine }) => {
  const host =
    engine === 'onnx-node'
      ? startProcessHost({ clock: systemClock, log: silentLog, kind: 'native' })
      : startWorkerHost({ clock: systemClock, log: silentLog });
  afterAll(() => host.stop());

  const files: ModelFiles = { format: 'onnx', artifact, engine };
  const job: TrainingJob = { files, weights, examples: exampleTensors(examples), config };

  it('trains as the reference does, and the result serves at once', async () => {
    const settings = { ...config, epochs: 2 };
    const seen: number[] = [];
    const outcome = await host.train(
      { ...job, config: settings },
      { ...relaxed, onProgress: ({ stepsDone }) => seen.push(stepsDone) },
    );
    expect([seen[0], seen.at(-1)]).toEqual([1, 12]);
    const reference = trainPerceptron(layers, examples, settings).layers;
    layerTensors(reference).forEach((tensor, index) => {
      expect(largestDifference(valuesOf(tensor), valuesOf(outcome.weights[index]))).toBeLessThanOrEqual(1e-4);
    });
    await host.open('trained', { ...files, weights: outcome.weights });
    const x = [float32Tensor('features', [43, 20], examples.features)];
    const [served] = await host.run('trained', 'infer', x, relaxed);
    await host.open('exported', { ...files, artifact: exportMlpOnnx({ weights: outcome.weights }) });
    expect(await host.run('exported', 'infer', x, relaxed)).toEqual([served]);
  });

  it('stops between two chunks', async () => {
    const controller = new AbortController();
    const long = { ...job, config: { ...config, epochs: 1_000_000 } };
    const stopped = host.train(long, { ...relaxed, signal: controller.signal, onProgress: () => controller.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'TRAINING_STOPPED' });
  });

  it('waits while it is paused, and can be stopped then', async () => {
    const gate = new PauseGate();
    const seen: number[] = [];
    let paused: () => void = () => undefined;
    const pausing = new Promise<void>((resolve) => (paused = resolve));
    const onProgress = ({ stepsDone }: { stepsDone: number }): void => {
      seen.push(stepsDone);
      if (seen.length === 1) gate.pause();
      paused();
    };
    const training = host.train(job, { ...relaxed, gate, onProgress });
    await pausing;
    // An answer of the host after the chunk: a training that did not wait would have gone on meanwhile.
    await host.inspect(files);
    expect(seen).toEqual([1]);
    gate.resume();
    expect((await training).metrics).toContainEqual({ name: 'steps', value: 240 });
    gate.pause();
    const controller = new AbortController();
    const held = host.train(job, { ...relaxed, gate, signal: controller.signal });
    controller.abort();
    await expect(held).rejects.toMatchObject({ code: 'TRAINING_STOPPED' });
  });

  it('goes on from a checkpoint', async () => {
    const momentum = { ...job, config: { ...config, optimizer: { name: 'sgd', momentum: 0.9 } as const } };
    const kept: (readonly Tensor[])[] = [];
    const checkpoints = { intervalMs: 0, onCheckpoint: (checkpoint: readonly Tensor[]) => kept.push(checkpoint) };
    const whole = await host.train(momentum, { ...relaxed, checkpoints });
    const [, second = []] = kept;
    expect(second.length).toBe(9);
    const seen: number[] = [];
    const onProgress = ({ stepsDone }: { stepsDone: number }): number => seen.push(stepsDone);
    expect(await host.train({ ...momentum, checkpoint: second }, { ...relaxed, onProgress })).toEqual(whole);
    expect(seen[0]).toBeGreaterThan(2);
  });

  it('keeps the engine and the provider that were asked for', async () => {
    const strange = host.train({ ...job, files: { ...files, provider: 'abacus' } }, relaxed);
    await expect(strange).rejects.toMatchObject({
      detail: expect.stringContaining(`${engine} has no provider abacus`),
    });
  });

  it('tells what lies in a file, and gives its weights', async () => {
    const report = await host.inspect(files);
    expect(report).toMatchObject({
      format: 'onnx',
      sizeBytes: artifact.byteLength,
      operators: [
        { operator: 'Gemm', count: 2 },
        { operator: 'Relu', count: 1 },
        { operator: 'Softmax', count: 1 },
      ],
      functions: [{ name: 'infer', inputs: [{ name: 'features', dataType: 'FP32', shape: [-1, 20] }] }],
      trainable: { yes: true },
    });
    const names = weights.map(({ name, shape }) => ({ name, shape }));
    expect(report.parameters).toEqual(names);
    expect(report.trainable).toEqual({ yes: true, parameters: names });
    expect(await host.parameters(files)).toEqual(weights);
    const replaced = [float32Tensor('layer1.bias', [5], [1, 2, 3, 4, 5])];
    expect(await host.parameters({ ...files, weights: replaced }, ['*1.bias'])).toEqual(replaced);
  });

  it('tells which operators are in the way, and trains what lies behind them', async () => {
    const graph = new GraphBuilder('sorted');
    const x = graph.input('x', 'FLOAT', ['batch', 2]);
    const body = graph.node('MatMul', [x, graph.initializer('body', [2, 2], Float32Array.of(1, 2, 3, 4))]);
    const hidden = graph.node('Hardmax', [body], { outputs: ['chosen'] });
    const logits = graph.node('MatMul', [hidden, graph.initializer('head', [2, 2], Float32Array.of(1, 0, 0, 1))]);
    graph.output(graph.softmax(logits, 'y'), 'FLOAT', ['batch', 2]);
    const model: ModelFiles = { format: 'onnx', artifact: encodeModel(modelOf(graph.build())), engine };
    expect((await host.inspect(model)).trainable).toMatchObject({
      yes: false,
      blocking: [{ operator: 'Hardmax', node: 'Hardmax_1' }],
    });
    await expect(host.parameters(model)).rejects.toMatchObject({
      code: 'MODEL_NOT_TRAINABLE',
      detail: expect.stringContaining('Hardmax'),
    });
    expect(await host.parameters(model, ['head'])).toEqual([float32Tensor('head', [2, 2], [1, 0, 0, 1])]);
  });
});

it('tells what a component offers', async () => {
  const host = startWorkerHost({ clock: systemClock, log: silentLog });
  const files: ModelFiles = { format: 'component', artifact: await mlpComponent(), weights };
  const { functions, operators, trainable } = await host.inspect(files);
  expect(functions.map(({ name }) => name)).toEqual(['infer']);
  expect(operators).toEqual([]);
  expect(trainable).toEqual({ yes: true, parameters: weights.map(({ name, shape }) => ({ name, shape })) });
  expect(await host.parameters(files, ['layer0.*'])).toEqual(weights.slice(0, 2));
  await host.stop();
}, 60_000);
