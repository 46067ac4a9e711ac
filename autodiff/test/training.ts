import { createHash } from 'node:crypto';
import { decodeModel } from '../src/codec/decode.ts';
import { encodeModel } from '../src/codec/encode.ts';
import { deriveTraining, type DeriveOptions, type Training } from '../src/derive-training.ts';
import { dataName, TRAINING_NAMES } from '../src/emit/training-names.ts';
import type { Engine, EngineTensor, EngineTensors, OpenedModel } from '../src/engine/engine.ts';
import { intAttribute } from '../src/graph/attributes.ts';
import { GraphBuilder } from '../src/graph/graph-builder.ts';
import { modelOf } from '../src/graph/model-of.ts';
import { parametersOfModel } from '../src/params/model-parameters.ts';
import { anyEngine } from './engines.ts';
import { seededNumbers } from './rules/seeded-numbers.ts';

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function floats(dims: readonly number[], values: Iterable<number>): EngineTensor {
  return { type: 'FLOAT', dims, data: Float32Array.from(values) };
}

export function longs(dims: readonly number[], values: readonly number[]): EngineTensor {
  return { type: 'INT64', dims, data: BigInt64Array.from(values, BigInt) };
}

export function randomFloats(dims: readonly number[], seed: number): EngineTensor {
  const count = dims.reduce((product, size) => product * size, 1);
  return floats(dims, Array.from({ length: count }, seededNumbers(seed)));
}

/** Three numbers in, four hidden, two classes: all kinds of parameters, small enough for differences. */
export function perceptron(last: 'Softmax' | 'Sigmoid' | 'none' = 'Softmax'): Uint8Array {
  const graph = new GraphBuilder('perceptron');
  const weight = (name: string, dims: readonly number[], seed: number) =>
    graph.initializer(name, dims, randomFloats(dims, seed).data);
  const x = graph.input('x', 'FLOAT', ['batch', 3]);
  const hidden = graph.gemm(x, weight('hidden.weight', [4, 3], 1), weight('hidden.bias', [4], 2), { transB: true });
  const logits = graph.gemm(graph.node('Tanh', [hidden]), weight('out.weight', [4, 2], 3), weight('out.bias', [2], 4));
  const attributes = last === 'Softmax' ? { axis: intAttribute(-1) } : {};
  graph.output(last === 'none' ? logits : graph.node(last, [logits], { attributes }), 'FLOAT', ['batch', 2]);
  return encodeModel(modelOf(graph.build()));
}

export type DeriveChoice = Partial<Omit<DeriveOptions, 'hash'>>;

/** Derived with plain SGD and cross-entropy unless the test wants otherwise. */
export async function derive(model: Uint8Array, options: DeriveChoice = {}): Promise<Training> {
  return await deriveTraining(model, {
    loss: 'softmax-cross-entropy',
    optimizer: { name: 'sgd' },
    trainable: 'all',
    batch: 3,
    engine: anyEngine,
    hash: sha256,
    ...options,
  });
}

/** Parameters and statistics as the model has them, and zeros for what the optimizer keeps. */
export function startState(
  model: Uint8Array,
  { parameters, statistics, stateSpec }: Training,
): Record<string, EngineTensor> {
  const values = parametersOfModel(decodeModel(model), [...parameters, ...statistics]);
  return Object.fromEntries(
    stateSpec.map(({ name, input, dims }) => {
      const count = dims.reduce((product, size) => product * size, 1);
      return [input, { type: 'FLOAT', dims, data: values.get(name) ?? new Float32Array(count) }];
    }),
  );
}

/** Moves what a step or epoch gave to where the next one takes it. */
export function nextState({ stateSpec }: Training, results: EngineTensors): Record<string, EngineTensor> {
  return Object.fromEntries(stateSpec.map(({ input, output }) => [input, tensor(results, output)]));
}

export function tensor(results: EngineTensors, name: string): EngineTensor {
  const found = results[name];
  if (found === undefined) throw new Error(`no "${name}" among ${Object.keys(results).join(', ')}`);
  return found;
}

export function numbers(results: EngineTensors, name: string): number[] {
  return Array.from(tensor(results, name).data, Number);
}

/** Feeds of one batch of the perceptron. */
export function batchFeeds(x: EngineTensor, labels: EngineTensor, learningRate: number): Record<string, EngineTensor> {
  const rows = x.dims[0] ?? 0;
  return {
    [dataName('x')]: x,
    [TRAINING_NAMES.labels]: labels,
    [TRAINING_NAMES.exampleWeights]: floats([rows], new Float32Array(rows).fill(1)),
    [TRAINING_NAMES.learningRate]: floats([], [learningRate]),
  };
}

export async function withModel<T>(
  engine: Engine,
  bytes: Uint8Array,
  use: (model: OpenedModel) => Promise<T>,
): Promise<T> {
  const model = await engine.open(bytes);
  try {
    return await use(model);
  } finally {
    await model.close();
  }
}

export async function runOnce(engine: Engine, bytes: Uint8Array, feeds: EngineTensors): Promise<EngineTensors> {
  return await withModel(engine, bytes, (model) => model.run(feeds));
}
