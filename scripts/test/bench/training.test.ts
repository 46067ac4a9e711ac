import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32Values, toUtf8 } from '@sedge/protocol';
import { exportMlpOnnx, initialMlpWeights } from '@sedge/runtime';
import { graphEngines } from '../../src/bench/training/graph-engine.ts';
import { NO_NUMPY, type NumpyProcess, startNumpy } from '../../src/bench/training/numpy-process.ts';
import { plainEpoch } from '../../src/bench/training/plain-training.ts';
import { BATCH, LEARNING_RATE, runEpoch, runSteps, sampleTraining } from '../../src/bench/training/sample-training.ts';

const SIZES = [6, 5, 3] as const;
const ROWS = 4 * BATCH;
const tensors = initialMlpWeights(SIZES, toUtf8('bench test'));
const values = tensors.map(float32Values);
const sample = {
  model: exportMlpOnnx({ weights: tensors }),
  input: 'features',
  dims: [SIZES[0]],
  features: Float32Array.from({ length: ROWS * SIZES[0] }, (_, index) => ((7 * index) % 11) / 11),
  labels: Array.from({ length: ROWS }, (_, row) => row % 3),
};
const layers = [0, 1].map((index) => ({
  inputs: SIZES[index] ?? 0,
  outputs: SIZES[index + 1] ?? 0,
  weight: values[2 * index] ?? new Float32Array(),
  bias: values[2 * index + 1] ?? new Float32Array(),
}));
const plainLoss = plainEpoch({ ...sample, layers, batch: BATCH, learningRate: LEARNING_RATE });

/** What the benchmark compares must be the same work: the losses of the last of four steps agree. */
describe('what the benchmark of training compares', () => {
  let numpy: NumpyProcess | undefined;
  beforeAll(async () => {
    const weights = Float32Array.from(values.flatMap((part) => [...part]));
    numpy = await startNumpy({ ...sample, sizes: SIZES, weights, batch: BATCH, learningRate: LEARNING_RATE });
  });
  afterAll(() => numpy?.stop());

  it('is the same training in loops and in the graphs of every engine', async () => {
    for (const engine of await graphEngines()) {
      const prepared = await sampleTraining(sample, engine);
      const epoch = await engine.open(prepared.training.epochGraph);
      const step = await engine.open(prepared.training.stepGraph);
      expect(await runEpoch(epoch, prepared)).toBeCloseTo(plainLoss, 5);
      expect(await runSteps(step, prepared)).toBeCloseTo(plainLoss, 5);
      await Promise.all([epoch.close(), step.close()]);
    }
  });

  it('is the same training in numpy', async ({ skip }) => {
    if (numpy === undefined) return skip(NO_NUMPY);
    expect((await numpy.epoch()).loss).toBeCloseTo(plainLoss, 5);
  });
});
