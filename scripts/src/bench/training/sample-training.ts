import { createHash } from 'node:crypto';
import {
  dataName,
  decodeModel,
  deriveTraining,
  type Engine,
  type EngineTensor,
  type EngineTensors,
  type OpenedModel,
  parametersOfModel,
  type Training,
  TRAINING_NAMES,
} from '@sedge/autodiff';

export const BATCH = 10;
export const LEARNING_RATE = 0.05;

/** A model with rows to train on: as many whole batches as they make, in the order in which they lie. */
export interface Sample {
  readonly model: Uint8Array;
  readonly input: string;
  /** Of one example. */
  readonly dims: readonly number[];
  readonly features: Float32Array<ArrayBuffer>;
  readonly labels: readonly number[];
}

/** The graphs of a sample, and what they are fed at the begin. */
export interface SampleTraining {
  readonly training: Training;
  readonly steps: number;
  readonly state: EngineTensors;
  readonly epochFeeds: EngineTensors;
  readonly batchFeeds: readonly EngineTensors[];
}

export async function sampleTraining(sample: Sample, engine: Engine): Promise<SampleTraining> {
  const training = await deriveTraining(sample.model, {
    loss: 'softmax-cross-entropy',
    optimizer: { name: 'sgd' },
    trainable: 'all',
    batch: BATCH,
    engine,
    hash: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  });
  const steps = Math.floor(sample.labels.length / BATCH);
  return {
    training,
    steps,
    state: startState(sample.model, training),
    epochFeeds: epochFeeds(sample, steps),
    batchFeeds: Array.from({ length: steps }, (_, step) => batchFeeds(sample, step)),
  };
}

/** All steps in one run of the epoch graph, from the weights of the begin. Answers the loss of the last step. */
export async function runEpoch(graph: OpenedModel, { epochFeeds: feeds, state }: SampleTraining): Promise<number> {
  const results = await graph.run({ ...feeds, ...state });
  return Number(results[TRAINING_NAMES.loss]?.data.at(-1));
}

/** The same steps, each a run of the step graph whose results are fed to the next one. */
export async function runSteps(
  graph: OpenedModel,
  { batchFeeds: batches, training, state: start }: SampleTraining,
): Promise<number> {
  let state = start;
  let loss = Number.NaN;
  for (const feeds of batches) {
    const results = await graph.run({ ...feeds, ...state });
    loss = Number(results[TRAINING_NAMES.loss]?.data[0]);
    state = Object.fromEntries(
      training.stateSpec.flatMap(({ input, output }) => {
        const value = results[output];
        return value === undefined ? [] : [[input, value]];
      }),
    );
  }
  return loss;
}

function startState(model: Uint8Array, { parameters, stateSpec }: Training): EngineTensors {
  const values = parametersOfModel(decodeModel(model), parameters);
  return Object.fromEntries(
    stateSpec.map(({ name, input, dims }) => [input, floats(dims, values.get(name) ?? new Float32Array())]),
  );
}

function epochFeeds({ input, dims, features, labels }: Sample, steps: number): EngineTensors {
  const rows = steps * BATCH;
  return {
    [dataName(input)]: floats([rows, ...dims], features),
    [TRAINING_NAMES.labels]: longs([rows], labels),
    [TRAINING_NAMES.exampleWeights]: floats([steps, BATCH], new Float32Array(rows).fill(1)),
    [TRAINING_NAMES.permutation]: longs(
      [steps, BATCH],
      labels.map((_, row) => row),
    ),
    [TRAINING_NAMES.learningRate]: floats([], Float32Array.of(LEARNING_RATE)),
  };
}

function batchFeeds({ input, dims, features, labels }: Sample, step: number): EngineTensors {
  const width = features.length / labels.length;
  const [first, end] = [step * BATCH, (step + 1) * BATCH];
  return {
    [dataName(input)]: floats([BATCH, ...dims], features.slice(first * width, end * width)),
    [TRAINING_NAMES.labels]: longs([BATCH], labels.slice(first, end)),
    [TRAINING_NAMES.exampleWeights]: floats([BATCH], new Float32Array(BATCH).fill(1)),
    [TRAINING_NAMES.learningRate]: floats([], Float32Array.of(LEARNING_RATE)),
  };
}

function floats(dims: readonly number[], data: Float32Array<ArrayBuffer>): EngineTensor {
  return { type: 'FLOAT', dims, data };
}

function longs(dims: readonly number[], values: readonly number[]): EngineTensor {
  return { type: 'INT64', dims, data: BigInt64Array.from(values, BigInt) };
}
