import { Tensor } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../src/codec/encode.ts';
import { intsAttribute } from '../../src/graph/attributes.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { modelOf } from '../../src/graph/model-of.ts';
import { handCalculatedModel, runModel } from '../example-models.ts';

const invalid = expect.objectContaining({ code: 'INVALID_GRAPH' });

describe('GraphBuilder', () => {
  it('makes a Gemm, Relu, Softmax graph that ONNX Runtime computes as on paper', async () => {
    const x = new Tensor('float32', Float32Array.of(1, 2, 0, 0), [2, 2]);
    const results = await runModel(encodeModel(handCalculatedModel()), { x });
    // Row 1: x·w + b = [1+4+0.5, -1+2-3] = [5.5, -2], relu [5.5, 0]; times v transposed: [5.5, 27.5] + [0, 2].
    // Row 2: b = [0.5, -3], relu [0.5, 0]; [0.5, 2.5] + [0, 2].
    expect(results.get('logits')).toEqual([5.5, 29.5, 0.5, 4.5]);
    // Softmax of two numbers at distance d: 1/(1+e^d) and 1/(1+e^-d), d = 24 and 4.
    const expected = [24, 4].flatMap((distance) => [1 / (1 + Math.exp(distance)), 1 / (1 + Math.exp(-distance))]);
    const found = results.get('probabilities') ?? [];
    for (const [index, value] of expected.entries()) expect(found[index]).toBeCloseTo(value, 6);
  });

  it('writes alpha, beta and both transpositions of a Gemm as ONNX Runtime understands them', async () => {
    const graph = new GraphBuilder('gemm');
    const a = graph.input('a', 'FLOAT', [2, 1]);
    const b = graph.initializer('b', [1, 2], Float32Array.of(3, 4));
    const c = graph.initializer('c', [1], Float32Array.of(10));
    const options = { transA: true, transB: true, alpha: 2, beta: 0.5, output: 'y' };
    graph.output(graph.gemm(a, b, c, options), 'FLOAT', [1, 1]);
    const feeds = { a: new Tensor('float32', Float32Array.of(1, 2), [2, 1]) };
    const results = await runModel(encodeModel(modelOf(graph.build())), feeds);
    // 2·(1·3 + 2·4) + 0.5·10
    expect(results.get('y')).toEqual([27]);
  });

  it('gives every node and value a name of its own', () => {
    const { nodes } = handCalculatedModel().graph;
    expect(new Set(nodes.map(({ name }) => name)).size).toBe(nodes.length);
    const outputs = nodes.flatMap((node) => node.outputs);
    expect(new Set(outputs).size).toBe(outputs.length);
  });

  it('makes nodes with several outputs, left-out inputs and another domain', () => {
    const graph = new GraphBuilder('g');
    const x = graph.input('x', 'FLOAT', [4]);
    const options = { outputs: ['left', 'right'], attributes: { split: intsAttribute([2, 2]) }, domain: 'own' };
    expect(graph.nodes('Split', [x, '', x], options)).toEqual(['left', 'right']);
    graph.output('right', 'FLOAT', [2]);
    expect(graph.build().nodes).toMatchObject([{ inputs: ['x', '', 'x'], outputs: ['left', 'right'], domain: 'own' }]);
  });

  it('refuses unknown and repeated names and a graph without an output', () => {
    const graph = new GraphBuilder('g');
    const x = graph.input('x', 'FLOAT', [1]);
    expect(() => graph.relu('y')).toThrow(invalid);
    expect(() => graph.input('x', 'FLOAT', [1])).toThrow(invalid);
    expect(() => graph.relu(x, 'x')).toThrow(invalid);
    expect(() => graph.initializer('', [1], Float32Array.of(1))).toThrow(invalid);
    expect(() => graph.output('y', 'FLOAT', [1])).toThrow(invalid);
    expect(() => graph.build()).toThrow(invalid);
    graph.output(x, 'FLOAT', [1]);
    expect(() => graph.output(x, 'FLOAT', [1])).toThrow(invalid);
  });
});
