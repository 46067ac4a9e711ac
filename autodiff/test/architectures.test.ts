import { describe, expect, it } from 'vitest';
import { encodeModel } from '../src/codec/encode.ts';
import type { Training } from '../src/derive-training.ts';
import { dataName, TRAINING_NAMES } from '../src/emit/training-names.ts';
import type { Engine, EngineTensor, EngineTensors } from '../src/engine/engine.ts';
import { intAttribute, intsAttribute, textAttribute } from '../src/graph/attributes.ts';
import { GraphBuilder } from '../src/graph/graph-builder.ts';
import { modelOf } from '../src/graph/model-of.ts';
import { anyEngine, engines } from './engines.ts';
import { derive, floats, longs, numbers, randomFloats, runOnce, startState, withModel } from './training.ts';

const [BATCH, CLASSES] = [3, 2] as const;

interface Architecture {
  readonly name: string;
  readonly model: Uint8Array;
  readonly x: EngineTensor;
}

function weight(graph: GraphBuilder, name: string, dims: readonly number[]): string {
  return graph.initializer(name, dims, randomFloats(dims, name.length).data);
}

function longList(graph: GraphBuilder, name: string, ...values: number[]): string {
  return graph.initializer(name, [values.length], BigInt64Array.from(values, BigInt));
}

function finished(graph: GraphBuilder, features: string, size: number, opset: number): Uint8Array {
  const head = graph.gemm(features, weight(graph, 'head.weight', [size, CLASSES]), weight(graph, 'bias', [CLASSES]));
  graph.output(head, 'FLOAT', ['batch', CLASSES]);
  return encodeModel(modelOf(graph.build(), { opset, irVersion: opset > 21 ? 11 : 8 }));
}

/** Words, an embedding, a recurrent layer in both directions. */
function recurrentReader(): Architecture {
  const graph = new GraphBuilder('reader');
  const words = graph.input('x', 'INT64', ['batch', 5]);
  const embedded = graph.node('Gather', [weight(graph, 'embedding', [7, 3]), words]);
  const inTime = graph.node('Transpose', [embedded], { attributes: { perm: intsAttribute([1, 0, 2]) } });
  const weights = [
    weight(graph, 'gru.w', [2, 12, 3]),
    weight(graph, 'gru.rec', [2, 12, 4]),
    weight(graph, 'gru.bias', [2, 24]),
  ];
  const [, last = ''] = graph.nodes('GRU', [inTime, ...weights], {
    attributes: {
      hidden_size: intAttribute(4),
      direction: textAttribute('bidirectional'),
      linear_before_reset: intAttribute(1),
    },
    outputs: ['', 'last'],
  });
  const moved = graph.node('Transpose', [last], { attributes: { perm: intsAttribute([1, 0, 2]) } });
  const x = longs([BATCH, 5], [0, 1, 2, 3, 4, 5, 6, 6, 2, 1, 1, 1, 3, 0, 5]);
  return { name: 'a recurrent reader', model: finished(graph, graph.node('Flatten', [moved]), 8, 17), x };
}

/** Attention and root-mean-square norms as operators of set 23. */
function transformer(): Architecture {
  const graph = new GraphBuilder('transformer');
  const x = graph.input('x', 'FLOAT', ['batch', 4, 3]);
  const embedded = graph.node('Einsum', [x, weight(graph, 'embedding', [3, 4])], {
    attributes: { equation: textAttribute('bti,io->bto') },
  });
  const normed = graph.node('RMSNormalization', [embedded, weight(graph, 'norm', [4])]);
  const projected = ['query', 'keys', 'the values'].map((name) =>
    graph.node('MatMul', [normed, weight(graph, name, [4, 4])]),
  );
  const attended = graph.node('Attention', projected, {
    attributes: { q_num_heads: intAttribute(2), kv_num_heads: intAttribute(2), is_causal: intAttribute(1) },
  });
  const summed = graph.node('Add', [embedded, graph.node('Gelu', [attended])]);
  const pooled = graph.node('ReduceLogSumExp', [summed, longList(graph, 'axes', 1)], {
    attributes: { keepdims: intAttribute(0) },
  });
  return { name: 'a transformer', model: finished(graph, pooled, 4, 23), x: randomFloats([BATCH, 4, 3], 4) };
}

/** Down by a convolution, up by a transposed one and by resizing, norms of both kinds between. */
function encoderDecoder(): Architecture {
  const graph = new GraphBuilder('encoder-decoder');
  const x = graph.input('x', 'FLOAT', ['batch', 1, 6, 6]);
  const strides = { strides: intsAttribute([2, 2]) };
  const down = graph.node('Conv', [x, weight(graph, 'down', [4, 1, 2, 2])], { attributes: strides });
  const normed = graph.node('InstanceNormalization', [down, weight(graph, 'scale', [4]), weight(graph, 'shift', [4])]);
  const up = graph.node('ConvTranspose', [graph.node('Elu', [normed]), weight(graph, 'up', [4, 1, 2, 2])], {
    attributes: { ...strides, group: intAttribute(2) },
  });
  const scales = graph.initializer('scales', [4], Float32Array.of(1, 1, 0.5, 1.5));
  const resized = graph.node('Resize', [up, '', scales], { attributes: { mode: textAttribute('linear') } });
  const pooled = graph.node('ReduceL2', [resized, longList(graph, 'axes', 2)], {
    attributes: { keepdims: intAttribute(0) },
  });
  const model = finished(graph, graph.node('Flatten', [pooled]), 18, 18);
  return { name: 'an encoder and decoder', model, x: randomFloats([BATCH, 1, 6, 6], 5) };
}

const shared = {
  [TRAINING_NAMES.labels]: longs([BATCH], [0, 1, 1]),
  [TRAINING_NAMES.exampleWeights]: floats([BATCH], [1, 1, 1]),
};

/** Plain SGD with rate 1 takes the gradient off every parameter. */
async function gradients(
  { model, x }: Architecture,
  training: Training,
  engine: Engine,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const state = startState(model, training);
  const rate = { [TRAINING_NAMES.learningRate]: floats([], [1]) };
  const after = await runOnce(engine, training.stepGraph, { ...shared, ...state, ...rate, [dataName('x')]: x });
  return new Map(
    training.stateSpec.map(({ input, output }) => {
      const old = numbers(state, input);
      return [input, numbers(after, output).map((value, place) => (old[place] ?? NaN) - value)];
    }),
  );
}

/** Of the two steps the better counts: a long one sees the curvature, a short one drowns in rounding. */
const STEPS = [2e-2, 5e-3];

/** The slope of the mean loss along a direction of one parameter. */
async function slopes(
  { model, x }: Architecture,
  training: Training,
  input: string,
  direction: readonly number[],
): Promise<number[]> {
  const state = startState(model, training);
  const feeds = { ...shared, ...state, [dataName('x')]: x };
  return await withModel(anyEngine, training.evaluationGraph, async (opened) => {
    const lossAt = async (step: number) => {
      const { dims } = state[input] ?? x;
      const moved = numbers(state, input).map((value, place) => value + step * (direction[place] ?? NaN));
      const results: EngineTensors = await opened.run({ ...feeds, [input]: floats(dims, moved) });
      return (numbers(results, TRAINING_NAMES.lossSum)[0] ?? NaN) / BATCH;
    };
    const found: number[] = [];
    for (const step of STEPS) found.push(((await lossAt(step)) - (await lossAt(-step))) / (2 * step));
    return found;
  });
}

const lengthOf = (values: readonly number[]) => Math.hypot(...values);

describe('whole models', () => {
  it.each([recurrentReader(), transformer(), encoderDecoder()].map((one) => [one.name, one] as const))(
    '%s: the gradient of each parameter agrees with differences, and between engines',
    async (_, architecture) => {
      const training = await derive(architecture.model, { batch: BATCH });
      const [first = new Map<string, number[]>(), ...others] = await Promise.all(
        engines.map(([, engine]) => gradients(architecture, training, engine)),
      );
      expect(first.size).toBeGreaterThan(4);
      for (const [input, gradient] of first) {
        const direction = Array.from(randomFloats([gradient.length], input.length).data as Float32Array);
        const slope = gradient.reduce((sum, value, place) => sum + value * (direction[place] ?? NaN), 0);
        const measured = await slopes(architecture, training, input, direction);
        const error = Math.min(...measured.map((one) => Math.abs(one - slope)));
        expect(lengthOf(gradient)).toBeGreaterThan(1e-4);
        expect(error / (lengthOf(gradient) * lengthOf(direction))).toBeLessThan(2e-3);
        for (const other of others) {
          const apart = gradient.map((value, place) => value - (other.get(input)?.[place] ?? NaN));
          expect(lengthOf(apart) / lengthOf(gradient)).toBeLessThan(1e-4);
        }
      }
    },
  );
});
