import { decodeModel, encodeModel, withParameters } from '@sedge/autodiff';
import { systemClock } from '@sedge/kit';
import { type EngineName, float32Tensor, float32Values, type Tensor } from '@sedge/protocol';
import { evaluateClassifier, type TrainingConfig } from '@sedge/runtime';
import { onnxNodeEngine, onnxWebEngine } from '@sedge/runtime/engines';
import type { LabelledRows, LabelledSet } from '../data/labelled-set.ts';
import { trainableWeights } from './model-weights.ts';

const CHUNK_STEPS = 256;
const TEST_ROWS = 500;

export interface TrainedFigures {
  /** Share of the test rows that the trained file answers rightly. */
  readonly accuracy: number;
  /** Of the last epoch. */
  readonly trainingLoss: number;
  readonly seconds: number;
}

const engines = { 'onnx-node': onnxNodeEngine, 'onnx-web': onnxWebEngine } as const;
export type OnnxEngineName = Extract<EngineName, keyof typeof engines>;

/** Trains an ONNX file, writes the weights back into it, and asks that file for the test rows. */
export async function trainAndTest(
  engineName: OnnxEngineName,
  model: Uint8Array,
  { train, test, scale }: LabelledSet,
  config: TrainingConfig,
): Promise<TrainedFigures> {
  const engine = engines[engineName]();
  const startedMs = systemClock.monotonicMs();
  const training = await engine.openTraining({ format: 'onnx', artifact: model });
  const settings = train.features.dataType === 'UINT8' ? { ...config, inputScale: scale } : config;
  await training.begin(trainableWeights(model), [train.features, train.labels], settings);
  let progress;
  do progress = await training.step(CHUNK_STEPS);
  while (progress.stepsDone < progress.stepsTotal);
  const { weights, metrics } = await training.finish();
  await training.close();
  const seconds = (systemClock.monotonicMs() - startedMs) / 1_000;
  const session = await engine.open({ format: 'onnx', artifact: withTrained(model, weights) });
  try {
    const [input] = session.metadata.functions.flatMap(({ inputs }) => inputs);
    const features = { ...floats(test, scale, input?.shape.slice(1) ?? []), name: input?.name ?? '' };
    const host = { run: (_: string, name: string, inputs: readonly Tensor[]) => session.run(name, inputs) };
    const examples = { features, labels: test.labels.data, batchRows: TEST_ROWS };
    const { accuracy } = await evaluateClassifier(host, 'trained', examples, { timeoutMs: 60_000 });
    return { accuracy, trainingLoss: metrics.find(({ name }) => name === 'loss')?.value ?? Number.NaN, seconds };
  } finally {
    await session.close();
  }
}

function withTrained(model: Uint8Array, weights: readonly Tensor[]): Uint8Array {
  const values = new Map(weights.map((weight) => [weight.name, float32Values(weight)]));
  return encodeModel(withParameters(decodeModel(model), values));
}

/** As the file takes them: numbers in the shape of its input. */
function floats({ features }: LabelledRows, scale: number, dims: readonly number[]): Tensor {
  const values = features.dataType === 'UINT8' ? Float32Array.from(features.data) : float32Values(features);
  return float32Tensor(
    features.name,
    [features.shape[0] ?? 0, ...dims],
    values.map((value) => value * scale),
  );
}
