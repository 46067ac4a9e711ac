import { toUtf8 } from '@sedge/protocol';
import { exportMlpOnnx, initialMlpWeights, type TrainingConfig } from '@sedge/runtime';
import { readActivities } from '../data/activities.ts';
import type { LabelledSet } from '../data/labelled-set.ts';
import { readMnist } from '../data/mnist.ts';
import { readOpticalDigits } from '../data/optical-digits.ts';
import { readSpokenDigits } from '../data/spoken-digits.ts';
import { cnnOnnx } from './fedavg-cnn.ts';

/** A data set, an ordinary ONNX file, and how it is trained. */
export interface AccuracyTask {
  readonly words: string;
  /** Undefined where the data do not lie here. */
  readonly read: () => Promise<LabelledSet | undefined>;
  readonly model: () => Uint8Array;
  readonly config: TrainingConfig;
  /** What plain numpy reaches with the same layers, data and split, in percent. */
  readonly baseline?: number;
  /** In percent; what a run must reach. */
  readonly atLeast: number;
}

const SEED = 'accuracy';
const momentum = { name: 'sgd', momentum: 0.9 } as const;
const common = { seed: 1n, proximal: 0, optimizer: momentum } as const;

/** By the words of the command line. */
export const accuracyTasks = {
  digits: {
    words: 'handwritten digits of 8 by 8 points, 64-32-10',
    read: readOpticalDigits,
    model: () => perceptron([64, 32, 10]),
    config: { ...common, epochs: 30, batchSize: 16, learningRate: 0.02 },
    baseline: 96.01,
    atLeast: 95,
  },
  mnist: {
    words: 'MNIST, 784-200-200-10',
    read: readMnist,
    model: () => perceptron([784, 200, 200, 10]),
    config: { ...common, epochs: 6, batchSize: 50, learningRate: 0.02 },
    baseline: 97.97,
    atLeast: 97.5,
  },
  'mnist-cnn': {
    words: 'MNIST, two convolutions of 8 and 16 channels',
    read: readMnist,
    model: () => cnnOnnx({ channels: [8, 16], hidden: 64 }, SEED),
    config: { ...common, epochs: 2, batchSize: 32, learningRate: 0.01 },
    atLeast: 98,
  },
  har: {
    words: 'six activities from a phone, other persons, 88-32-6',
    read: readActivities,
    model: () => perceptron([88, 32, 6]),
    config: { ...common, epochs: 20, batchSize: 32, learningRate: 0.005 },
    baseline: 95.82,
    atLeast: 94.5,
  },
  fsdd: {
    words: 'spoken digits, 960-64-10',
    read: readSpokenDigits,
    model: () => perceptron([960, 64, 10]),
    config: { ...common, epochs: 30, batchSize: 16, learningRate: 0.005 },
    baseline: 96.67,
    atLeast: 94.5,
  },
} satisfies Readonly<Record<string, AccuracyTask>>;

export type AccuracyTaskName = keyof typeof accuracyTasks;

function perceptron(sizes: readonly number[]): Uint8Array {
  return exportMlpOnnx({ weights: initialMlpWeights(sizes, toUtf8(SEED)) });
}
