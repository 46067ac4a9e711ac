import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { seededRandomness, systemClock } from '@sedge/kit';
import { collectingLog, temporaryFolder } from '@sedge/kit/testing';
import { float32Tensor, float32Values, toUtf8, type ModelName, type RoundOffer } from '@sedge/protocol';
import { initialMlpWeights, mlpParameters, trainPerceptron, type DenseLayer } from '@sedge/runtime';
import { describe, expect, it } from 'vitest';
import { ExternalTrainers } from '../../src/external-trainer/external-trainers.ts';
import { PullJobs } from '../../src/external-trainer/pull-jobs.ts';
import type { TrainerJob } from '../../src/external-trainer/trainer-job.ts';
import { smallJob } from './round.ts';

const SCRIPT = fileURLToPath(new URL('../../../docs/examples/numpy_trainer.py', import.meta.url));
const LAYERS = [3, 5, 4, 2] as const;
const ROWS = 40;

/** The Python of the path may be one without numpy beside that of the system. */
const python = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import numpy']).status === 0,
);

/** Two classes that a line almost separates; the features are made up. */
const features = Float32Array.from({ length: 3 * ROWS }, (_, index) => Math.sin(index * index));
const labels = Int32Array.from({ length: ROWS }, (_, row) => ((features[3 * row] ?? 0) > 0.1 ? 1 : 0));
const weights = initialMlpWeights(LAYERS, toUtf8('numpy'));

function jobOf(local: NonNullable<RoundOffer['local']>): TrainerJob {
  const small = smallJob();
  const examples = [
    float32Tensor('features', [ROWS, 3], features),
    { name: 'labels', dataType: 'INT32', shape: [ROWS], data: new Uint8Array(labels.buffer) } as const,
  ];
  return {
    ...small,
    offer: { ...small.offer, parameters: mlpParameters(LAYERS), local },
    weights,
    examples,
    count: ROWS,
  };
}

async function train(job: TrainerJob) {
  await using folder = await temporaryFolder();
  const trainers = new ExternalTrainers({
    clock: systemClock,
    log: collectingLog(),
    folder: folder.path,
    environment: process.env,
    jobs: new PullJobs({ clock: systemClock, randomness: seededRandomness('jobs') }),
    hasDoor: false,
  });
  const losses: number[] = [];
  let lossSum = 0;
  const outcome = await trainers.train(
    {
      model: 'digits' as ModelName,
      trainer: { kind: 'program', words: [python ?? '', SCRIPT], workingDirectory: folder.path },
    },
    job,
    {
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      onProgress: (progress) => {
        losses.push((progress.lossSum - lossSum) / ROWS);
        ({ lossSum } = progress);
      },
    },
  );
  return { ...outcome, losses };
}

function reference(local: NonNullable<RoundOffer['local']>): number[] {
  const values = weights.map(float32Values);
  const layers = LAYERS.slice(1).map((outputs, index): DenseLayer => {
    const [weight = new Float32Array(), bias = new Float32Array()] = values.slice(2 * index, 2 * index + 2);
    return { inputs: LAYERS[index] ?? 0, outputs, weight, bias };
  });
  const trained = trainPerceptron(layers, { features, labels }, { ...local, seed: 1n });
  return trained.layers.flatMap(({ weight, bias }) => [...weight, ...bias]);
}

describe('docs/examples/numpy_trainer.py', { timeout: 60_000 }, () => {
  it('trains as the plain TypeScript reference, with its proximal term', async ({ skip }) => {
    skip(python === undefined, 'no python3 with numpy is installed here');
    // A batch holds all rows, so that the order in which either draws them does not matter.
    const local = { epochs: 30, batchSize: ROWS, learningRate: 0.5, proximal: 0.3 };
    const outcome = await train(jobOf(local));
    const found = outcome.weights.flatMap((tensor) => [...float32Values(tensor)]);
    const expected = reference(local);
    expect(found).toHaveLength(expected.length);
    expect(Math.max(...found.map((value, at) => Math.abs(value - (expected[at] ?? NaN))))).toBeLessThan(1e-4);
    // It is the term that was compared: without it the weights are others.
    const without = reference({ ...local, proximal: 0 });
    expect(Math.max(...found.map((value, at) => Math.abs(value - (without[at] ?? NaN))))).toBeGreaterThan(1e-2);
  });

  it('learns in small batches, the last of them ragged, and tells of it', async ({ skip }) => {
    skip(python === undefined, 'no python3 with numpy is installed here');
    const { losses, metrics } = await train(jobOf({ epochs: 60, batchSize: 7, learningRate: 0.2, proximal: 0 }));
    expect(losses).toHaveLength(60);
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? 0));
    const byName = new Map(metrics.map(({ name, value }) => [name, value]));
    expect(byName.get('loss')).toBeCloseTo(losses.at(-1) ?? NaN, 6);
    expect(byName.get('accuracy')).toBeGreaterThan(0.9);
  });
});
