import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { decodeTensor, float32Values as onnxFloats } from '@sedge/autodiff';
import { float32Tensor, type Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import type { Engine, TrainingConfig, TrainingOutcome } from '../../src/engine.ts';
import { exportMlpOnnx } from '../../src/export-onnx.ts';
import { onnxParameters } from '../../src/training/inspect-onnx.ts';
import { initialMlpWeights } from '../../src/weights.ts';
import { onnxEngines } from '../engines/onnx-engines.ts';
import { valuesOf } from '../mlp.ts';
import { squeezeNetInput } from '../photographs.ts';
import { decodePng } from '../png.ts';
import { hasSharedModels, readShared, SHARED_MODELS_REASON } from '../shared-models.ts';

const digits = new URL('../../../../shared/data/digits/', import.meta.url);
const hasDigits = existsSync(digits);
const whyDigits = hasDigits ? 'found' : 'needs ../shared/data/digits, which are not here';
const whyModels = hasSharedModels ? 'found' : SHARED_MODELS_REASON;

const config: TrainingConfig = { epochs: 1, batchSize: 10, learningRate: 0.1, seed: 1n, proximal: 0 };

interface Fit {
  readonly artifact: Uint8Array;
  readonly weights: readonly Tensor[];
  readonly examples: readonly Tensor[];
  readonly config: TrainingConfig;
}

interface Fitted extends TrainingOutcome {
  /** Of each step. */
  readonly losses: readonly number[];
}

async function fit(
  engine: Engine,
  { artifact, weights, examples, config: settings }: Fit,
  chunk: number,
): Promise<Fitted> {
  const training = await engine.openTraining({ format: 'onnx', artifact });
  await training.begin(weights, examples, settings);
  const losses: number[] = [];
  let before = 0;
  for (;;) {
    const { stepsDone, stepsTotal, lossSum } = await training.step(chunk);
    losses.push(lossSum - before);
    before = lossSum;
    if (stepsDone === stepsTotal) break;
  }
  const outcome = await training.finish();
  await training.close();
  return { ...outcome, losses };
}

describe.skipIf(!hasDigits).each(onnxEngines)(`digits (${whyDigits}) on $name`, ({ make }) => {
  it('are learnt as well as by the published baseline', async () => {
    const [train, test] = await Promise.all(['train', 'test'].map(readDigits));
    const weights = initialMlpWeights([64, 32, 10], new Uint8Array([1]));
    const artifact = exportMlpOnnx({ weights });
    const examples = [
      { name: 'features', dataType: 'UINT8', shape: [train?.rows ?? 0, 64], data: train?.pixels ?? new Uint8Array() },
      { name: 'labels', dataType: 'UINT8', shape: [train?.rows ?? 0], data: train?.labels ?? new Uint8Array() },
    ] as const;
    const settings = { ...config, epochs: 30, inputScale: 1 / 16 };
    const engine = make();
    const outcome = await fit(engine, { artifact, weights, examples, config: settings }, 383);
    expect(metric(outcome, 'accuracy')).toBeGreaterThan(0.99);
    const session = await engine.open({ format: 'onnx', artifact, weights: outcome.weights });
    const rows = test?.rows ?? 0;
    const features = float32Tensor(
      'features',
      [rows, 64],
      Float32Array.from(test?.pixels ?? [], (value) => value / 16),
    );
    const [answers] = await session.run('infer', [features]);
    await session.close();
    const right = (test?.labels ?? new Uint8Array()).filter(
      (label, row) => mostProbable(valuesOf(answers), row) === label,
    );
    // The table of the data's README: 96.01 % for 64-32-10 on other writers, in numpy.
    expect(right.length / rows).toBeGreaterThan(0.95);
  }, 60_000);
});

describe.skipIf(!hasSharedModels).each(onnxEngines)(`published models (${whyModels}) on $name`, ({ make }) => {
  it('MNIST-8 learns other answers, all of its weights trained', async () => {
    const artifact = await readShared('mnist-8/model.onnx');
    const images = await Promise.all(
      [0, 1, 2].map(async (set) => decodeTensor(await readShared(`mnist-8/test_data_set_${set}/input_0.pb`))),
    );
    const pixels = images.flatMap((image) => [...onnxFloats(image)]);
    const examples = [float32Tensor('features', [3, 28, 28], pixels), labels([1, 2, 3])];
    const weights = await onnxParameters(artifact);
    // Its logits are in the thousands.
    const settings = { ...config, loss: 'softmax-cross-entropy', learningRate: 1e-5, epochs: 6, batchSize: 2 } as const;
    const { losses } = await fit(make(), { artifact, weights, examples, config: settings }, 2);
    expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] ?? 0));
  }, 30_000);

  it('SqueezeNet in float16 learns another fish by its last layer alone, and serves it', async () => {
    const artifact = await readShared('squeezenet-fp16/SqueezeNet_fp16.onnx');
    const fish = decodePng(await readShared('squeezenet-fp16/fish.png'));
    // Planes of blue, green and red, as in the README of the models.
    const planes = [2, 1, 0].flatMap((colour) =>
      Array.from({ length: 224 * 224 }, (_, at) => fish.values[at * fish.channels + colour] ?? 0),
    );
    const pixels: Tensor = {
      name: 'data_0',
      dataType: 'UINT8',
      shape: [1, 3, 224, 224],
      data: Uint8Array.from(planes),
    };
    const weights = await onnxParameters(artifact, [], ['conv10*']);
    expect(weights.length).toBe(2);
    const settings = { ...config, learningRate: 1e-3, epochs: 3 };
    const engine = make();
    const { losses, weights: trained } = await fit(
      engine,
      { artifact, weights, examples: [pixels, labels([389])], config: settings },
      1,
    );
    expect(losses[2]).toBeLessThan(losses[0] ?? 0);
    const session = await engine.open({ format: 'onnx', artifact, weights: trained });
    const [probabilities] = await session.run('infer', [squeezeNetInput(fish)]);
    await session.close();
    expect(probabilities?.dataType).toBe('FP16');
  }, 60_000);
});

interface Digits {
  readonly rows: number;
  /** 0 to 16. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

async function readDigits(part: string): Promise<Digits> {
  const text = gunzipSync(await readFile(new URL(`optdigits_${part}.csv.gz`, digits))).toString();
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number));
  return {
    rows: lines.length,
    pixels: Uint8Array.from(lines.flatMap((line) => line.slice(0, 64))),
    labels: Uint8Array.from(lines, (line) => line[64] ?? 255),
  };
}

function labels(classes: readonly number[]): Tensor {
  const data = new Uint8Array(Int32Array.from(classes).buffer);
  return { name: 'labels', dataType: 'INT32', shape: [classes.length], data };
}

function metric({ metrics }: TrainingOutcome, name: string): number | undefined {
  return metrics.find((one) => one.name === name)?.value;
}

function mostProbable(probabilities: Float32Array, row: number): number {
  const own = probabilities.subarray(10 * row, 10 * row + 10);
  return own.indexOf(Math.max(...own));
}
