import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canTrain, type Trainability } from '../src/can-train.ts';
import { encodeModel } from '../src/codec/encode.ts';
import { OnnxError } from '../src/onnx-error.ts';
import { tensorAttribute } from '../src/graph/attributes.ts';
import { GraphBuilder } from '../src/graph/graph-builder.ts';
import { modelOf } from '../src/graph/model-of.ts';
import { tensorOf } from '../src/tensors/tensor-of.ts';
import { anyEngine, portableEngine } from './engines.ts';
import { batchFeeds, derive, longs, perceptron, randomFloats, runOnce, startState, tensor } from './training.ts';

/** A body whose Det has no rule, on [batch, 3, 3] matrices, and a head of one Gemm. */
function unsupportedBody(): Uint8Array {
  const graph = new GraphBuilder('unsupported');
  const x = graph.input('x', 'FLOAT', ['batch', 3, 3]);
  const body = graph.node('MatMul', [x, graph.initializer('body.weight', [3, 3], randomFloats([3, 3], 1).data)]);
  const features = graph.node('Unsqueeze', [
    graph.node('Det', [body]),
    graph.initializer('axes', [1], BigInt64Array.of(1n)),
  ]);
  const weight = graph.initializer('head.weight', [1, 2], Float32Array.of(1, -1));
  const bias = graph.initializer('head.bias', [2], Float32Array.of(0, 0));
  graph.output(graph.gemm(features, weight, bias), 'FLOAT', ['batch', 2]);
  return encodeModel(modelOf(graph.build()));
}

function oneWeight(values: Float32Array | Int32Array | BigInt64Array): Uint8Array {
  const graph = new GraphBuilder('one');
  const type = values instanceof Float32Array ? 'FLOAT' : values instanceof Int32Array ? 'INT32' : 'INT64';
  const x = graph.input('x', type, ['batch', 2]);
  graph.output(graph.node('Mul', [x, graph.initializer('w', [2], values)]), type, ['batch', 2]);
  return encodeModel(modelOf(graph.build()));
}

describe('canTrain', () => {
  it('says which parameters there are', () => {
    const found = canTrain(perceptron());
    expect(found).toMatchObject({ trainable: true });
    expect(found.trainable && found.parameters.map(({ name, dims, offset }) => [name, dims, offset])).toEqual([
      ['hidden.weight', [4, 3], 0],
      ['hidden.bias', [4], 12],
      ['out.weight', [4, 2], 16],
      ['out.bias', [2], 24],
    ]);
  });

  it('names the operators that lack a rule, and their nodes', () => {
    expect(canTrain(unsupportedBody())).toEqual({
      trainable: false,
      obstacles: [{ code: 'NO_GRADIENT', detail: 'no rule for Det "Det_1"', operator: 'Det', node: 'Det_1' }],
    });
  });

  it('a head trains on a body that has no rules', async () => {
    const model = unsupportedBody();
    expect(canTrain(model, ['head.*'])).toMatchObject({ trainable: true });
    const training = await derive(model, { trainable: ['head.*'] });
    const feeds = batchFeeds(randomFloats([3, 3, 3], 4), longs([3], [0, 1, 0]), 0.1);
    const state = startState(model, training);
    const results = await runOnce(anyEngine, training.stepGraph, { ...feeds, ...state });
    for (const { input, output } of training.stateSpec) {
      expect(tensor(results, output).data).not.toEqual(tensor(state, input).data);
    }
  });

  it('takes Constant nodes for constants, unless they are named', () => {
    const graph = new GraphBuilder('scaled');
    const x = graph.input('x', 'FLOAT', ['batch', 2]);
    const tensor = (values: readonly number[]) => ({
      attributes: { value: tensorAttribute(tensorOf('', [2], Float32Array.from(values))) },
    });
    const mean = graph.node('Constant', [], { ...tensor([1, 2]), outputs: ['mean'] });
    const scale = graph.initializer('scale', [2], Float32Array.of(3, 4));
    graph.output(graph.node('Mul', [graph.node('Sub', [x, mean]), scale], { outputs: ['y'] }), 'FLOAT', []);
    const bytes = encodeModel(modelOf(graph.build()));
    const namesOf = (found: Trainability) => (found.trainable ? found.parameters.map(({ name }) => name) : []);
    expect(namesOf(canTrain(bytes))).toEqual(['scale']);
    expect(namesOf(canTrain(bytes, ['*']))).toEqual(['scale', 'mean']);
  });

  it('trains nothing that the output does not depend on', () => {
    const found = canTrain(perceptron(), ['hidden.*', 'out.b?as']);
    expect(found.trainable && found.parameters.map(({ name }) => name)).toEqual([
      'hidden.weight',
      'hidden.bias',
      'out.bias',
    ]);
  });

  it.each([
    ['patterns without a match', () => canTrain(perceptron(), ['other.*']), 'NOT_TRAINABLE', 'the names other.*'],
    [
      'a model of integers only',
      () => canTrain(oneWeight(Int32Array.of(1, 2))),
      'NOT_TRAINABLE',
      'no floating-point weights',
    ],
    [
      'weights that are not numbers',
      () => canTrain(oneWeight(Float32Array.of(1, NaN))),
      'NOT_FINITE',
      '"w" has NaN at place 1',
    ],
    [
      'infinite weights',
      () => canTrain(oneWeight(Float32Array.of(Infinity, 1))),
      'NOT_FINITE',
      '"w" has Infinity at place 0',
    ],
    [
      'an output that is not there',
      () => canTrain(perceptron(), 'all', { output: 'z' }),
      'INVALID_SETTINGS',
      'output must be one of',
    ],
    ['bytes that are no model', () => canTrain(Uint8Array.of(1, 2, 3)), 'MALFORMED', ''],
  ] as const)('%s: says so', (_, ask, code, detail) => {
    const found = ask();
    expect(found.trainable).toBe(false);
    const [obstacle] = found.trainable ? [] : found.obstacles;
    expect(obstacle?.code).toBe(code);
    expect(obstacle?.detail).toContain(detail);
  });

  it('answers for truncated and mutated files, and never throws', () => {
    const model = perceptron();
    const mutation = fc.record({
      length: fc.integer({ min: 0, max: model.length }),
      changes: fc.array(fc.tuple(fc.integer({ min: 0, max: model.length - 1 }), fc.integer({ min: 0, max: 255 })), {
        maxLength: 4,
      }),
    });
    fc.assert(
      fc.property(mutation, ({ length, changes }) => {
        const mutated = model.slice(0, length);
        for (const [at, byte] of changes) if (at < length) mutated[at] = byte;
        const answer = canTrain(mutated);
        expect(answer.trainable || answer.obstacles.length > 0).toBe(true);
      }),
      { numRuns: 1000, seed: 5 },
    );
  });
});

describe('deriveTraining', () => {
  const refusal = (code: string, detail: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(detail) });

  it('refuses settings that are none', async () => {
    await expect(derive(perceptron(), { batch: 0 })).rejects.toThrow(refusal('INVALID_SETTINGS', 'batch is 0'));
    await expect(derive(perceptron(), { inputScale: 0 })).rejects.toThrow(
      refusal('INVALID_SETTINGS', 'inputScale is 0'),
    );
  });

  it('names the operators that lack a rule', async () => {
    await expect(derive(unsupportedBody())).rejects.toThrow(refusal('NO_GRADIENT', 'Det "Det_1"'));
  });

  it('asks for the size of an open dimension', async () => {
    const graph = new GraphBuilder('open');
    const x = graph.input('x', 'FLOAT', ['batch', 'length', 2]);
    const y = graph.node('MatMul', [x, graph.initializer('w', [2, 2], Float32Array.of(1, 2, 3, 4))]);
    graph.output(graph.node('ReduceMean', [y, graph.initializer('axis', [1], BigInt64Array.of(1n))]), 'FLOAT', []);
    const model = encodeModel(modelOf(graph.build(), { opset: 21, irVersion: 10 }));
    await expect(derive(model)).rejects.toThrow(refusal('INVALID_SETTINGS', '"length"'));
    expect((await derive(model, { dimensions: { length: 5 } })).inputs).toEqual([
      { name: 'x', type: 'FLOAT', dims: [3, 5, 2] },
    ]);
  });

  it.each([
    [2 ** 40, 'TOO_LARGE', 'input "x" has'],
    [0, 'INVALID_SETTINGS', 'size 0 on axis 1'],
    [-1, 'INVALID_SETTINGS', 'size -1 on axis 1'],
  ])('refuses an input of size %d', async (size, code, detail) => {
    const graph = new GraphBuilder('sized');
    const x = graph.input('x', 'FLOAT', ['batch', size]);
    graph.output(graph.node('Mul', [x, graph.initializer('w', [1], Float32Array.of(1))]), 'FLOAT', []);
    await expect(derive(encodeModel(modelOf(graph.build())))).rejects.toThrow(refusal(code, detail));
  });

  it('refuses mutated files with an OnnxError, or trains them', async () => {
    const model = perceptron();
    const places = fc.array(fc.tuple(fc.nat(model.length - 1), fc.nat(255)), { minLength: 1, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(places, async (changes) => {
        const mutated = Uint8Array.from(model);
        for (const [at, byte] of changes) mutated[at] = byte;
        const outcome = await derive(mutated, { engine: portableEngine }).catch((error: unknown) => error);
        expect(outcome instanceof OnnxError || Object.hasOwn(outcome as object, 'digest')).toBe(true);
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  it('says what the engine said of a model that does not run', async () => {
    const engine = { open: async () => await Promise.reject(new Error('out of order')) };
    await expect(derive(perceptron(), { engine })).rejects.toThrow(refusal('ENGINE_FAILED', 'out of order'));
    await expect(derive(perceptron(), { engine })).rejects.toBeInstanceOf(OnnxError);
  });
});
