import { fakeClock } from '@sedge/kit/testing';
import {
  float32Tensor,
  type LocalPlan,
  type ModelManifest,
  type Tensor,
  type TrainingProgressMessage,
} from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { byteFeatures } from '../../src/training/byte-features.ts';
import { checkClasses } from '../../src/training/check-classes.ts';
import { deltaOf } from '../../src/training/delta.ts';
import { ProgressReport } from '../../src/training/progress-report.ts';
import { trainingConfig } from '../../src/training/training-config.ts';

const local: LocalPlan = { epochs: 2, batchSize: 8, learningRate: 0.1, proximal: 0 };

describe('the settings of the trainer', () => {
  it('are those of plain training where the offer says nothing else, so that a component takes them', () => {
    expect(trainingConfig(local, 7n, undefined)).toEqual({ ...local, seed: 7n });
  });

  it.each([
    [
      { name: 'momentum', momentum: 0.8 },
      { name: 'sgd', momentum: 0.8 },
    ],
    [
      { name: 'nesterov', momentum: 0.8 },
      { name: 'sgd', momentum: 0.8, nesterov: true },
    ],
    [
      { name: 'adamw', beta1: 0.9, beta2: 0.99, epsilon: 1e-6 },
      { name: 'adamw', beta1: 0.9, beta2: 0.99, epsilon: 1e-6 },
    ],
  ] as const)('of %j are %j', (optimizer, expected) => {
    const config = trainingConfig({ ...local, optimizer, weightDecay: 0.01, gradientClipNorm: 2 }, 7n, ['head']);
    expect(config.optimizer).toEqual({ ...expected, weightDecay: 0.01, clipNorm: 2 });
    expect(config.trainable).toEqual(['head']);
  });
});

describe('features that the graph scales', () => {
  it('become bytes', () => {
    const bytes = byteFeatures(float32Tensor('features', [1, 3], [0, 128, 255]));
    expect(bytes).toEqual({ name: 'features', dataType: 'UINT8', shape: [1, 3], data: Uint8Array.of(0, 128, 255) });
  });

  it.each([0.5, -1, 256])('are refused where one is %s', (value) => {
    expect(() => byteFeatures(float32Tensor('features', [1, 1], [value]))).toThrow('DATASET_MISMATCH');
  });
});

describe('labels', () => {
  const manifest = (shape: number[]): ModelManifest => {
    const functions = [{ name: 'infer', inputs: [], outputs: [{ name: 'y', dataType: 'FP32', shape }] }];
    return { functions } as Partial<ModelManifest> as ModelManifest;
  };
  const labels: Tensor = {
    name: 'labels',
    dataType: 'INT32',
    shape: [3],
    data: new Uint8Array(Int32Array.of(0, 4, 2).buffer),
  };

  it('that the model does not know are refused, and it is said how many it knows', () => {
    expect(() => checkClasses(manifest([-1, 4]), labels)).toThrow(/DATASET_MISMATCH: .*class 4.*4 apart \(0 to 3\)/);
  });

  it('that it knows, or that are no classes, are taken', () => {
    expect(() => checkClasses(manifest([-1, 5]), labels)).not.toThrow();
    expect(() => checkClasses(manifest([-1, 4]), labels, 'mean-squared')).not.toThrow();
    expect(() => checkClasses(manifest([-1, -1]), labels)).not.toThrow();
  });
});

it('the difference is that of the parameters which are trained, whatever else the model has', () => {
  const body = float32Tensor('body', [1], [9]);
  const before = [body, float32Tensor('head', [2], [1, 2])];
  const after = [body, float32Tensor('head', [2], [1.5, 1])];
  expect([...deltaOf([{ name: 'head', shape: [2] }], before, after)]).toEqual([0.5, -1]);
});

describe('the report on a training', () => {
  function reportOf(offer: ConstructorParameters<typeof ProgressReport>[0]['offer']) {
    const clock = fakeClock();
    const told: TrainingProgressMessage[] = [];
    return { clock, told, report: new ProgressReport({ offer, clock, tell: (message) => void told.push(message) }) };
  }

  it('tells no more often than it is asked to, and the end in any case', async () => {
    const { clock, report, told } = reportOf({ attempt: 1, progressEveryMs: 500 });
    report.take({ stepsDone: 1, stepsTotal: 9, examplesSeen: 8, lossSum: 16 });
    await clock.advance(500);
    report.take({ stepsDone: 2, stepsTotal: 9, examplesSeen: 20, lossSum: 30 });
    await clock.advance(250);
    report.take({ stepsDone: 9, stepsTotal: 9, examplesSeen: 30, lossSum: 35 });
    // By hand: 30 / 20, and 20 examples in 0.5 s; then 5 / 10, and 10 in 0.25 s.
    expect(told).toEqual([
      { attempt: 1, stepsDone: 2, stepsTotal: 9, loss: 1.5, examplesPerSecond: 40 },
      { attempt: 1, stepsDone: 9, stepsTotal: 9, loss: 0.5, examplesPerSecond: 40 },
    ]);
  });

  it.each([
    ['that was not asked for', { attempt: 1 }],
    ['under privacy, whatever is asked', { attempt: 1, progressEveryMs: 100, clipNorm: 1 }],
  ])('%s tells nothing', async (_, offer) => {
    const { clock, report, told } = reportOf(offer);
    await clock.advance(1_000);
    report.take({ stepsDone: 9, stepsTotal: 9, examplesSeen: 8, lossSum: 16 });
    expect(told).toEqual([]);
  });
});
