import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/codec/decode.ts';
import { encodeModel } from '../../src/codec/encode.ts';
import type { OnnxModel, OnnxNode } from '../../src/codec/messages.ts';
import {
  floatAttribute,
  floatsAttribute,
  graphAttribute,
  intAttribute,
  intsAttribute,
  tensorAttribute,
} from '../../src/graph/attributes.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { modelOf } from '../../src/graph/model-of.ts';
import { normalise } from '../../src/normalise/normalise.ts';
import { DATA_TYPE } from '../../src/tensors/data-type.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { float32Values } from '../../src/tensors/tensor-values.ts';
import { anyEngine } from '../engines.ts';
import { publishedFile } from '../example-models.ts';
import { numbers, perceptron, randomFloats, runOnce, tensor } from '../training.ts';

function modelWith(write: (graph: GraphBuilder, x: string) => string): OnnxModel {
  const graph = new GraphBuilder('g');
  const y = write(graph, graph.input('x', 'FLOAT', ['batch', 2]));
  graph.output(y, 'FLOAT', ['batch', 2]);
  return modelOf(graph.build());
}

const relu: OnnxNode = { opType: 'Relu', inputs: ['x'], outputs: ['y'], attributes: [], name: 'first' };

function withNodes(...nodes: OnnxNode[]): OnnxModel {
  const model = modelWith((graph, x) => graph.relu(x, 'y'));
  return { ...model, graph: { ...model.graph, nodes } };
}

const refusal = (code: string, detail: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(detail) });

describe('normalise', () => {
  it('makes initializers of all kinds of Constant nodes', () => {
    const value = tensorOf('', [2], Float32Array.of(1, 2));
    const kinds = {
      value: tensorAttribute(value),
      value_float: floatAttribute(3),
      value_floats: floatsAttribute([4, 5]),
      value_int: intAttribute(6),
      value_ints: intsAttribute([7, 8]),
    };
    const model = modelWith((graph, x) => {
      for (const [kind, attribute] of Object.entries(kinds)) {
        graph.node('Constant', [], { attributes: { [kind]: attribute }, outputs: [kind] });
      }
      return graph.node('Add', [x, 'value']);
    });
    const { nodes, initializers } = normalise(model).graph;
    expect(nodes.map(({ opType }) => opType)).toEqual(['Add']);
    expect(initializers.map(({ name, dims, dataType }) => [name, dims, dataType])).toEqual([
      ['value', [2], DATA_TYPE.FLOAT],
      ['value_float', [], DATA_TYPE.FLOAT],
      ['value_floats', [2], DATA_TYPE.FLOAT],
      ['value_int', [], DATA_TYPE.INT64],
      ['value_ints', [2], DATA_TYPE.INT64],
    ]);
  });

  it('makes float32 of half and double precision, in tensors, casts and types', async () => {
    const graph = new GraphBuilder('half');
    const x = graph.input('x', 'FLOAT16', ['batch', 2]);
    // 1.5 and -2 in binary16.
    const half = graph.constant(tensorOf('half', [2], Uint16Array.of(0x3e00, 0xc000), 'FLOAT16'));
    const sum = graph.node('Add', [x, half]);
    const double = graph.node('Cast', [sum], { attributes: { to: intAttribute(DATA_TYPE.DOUBLE) } });
    const y = graph.node('Mul', [double, graph.initializer('double', [1], Float64Array.of(2))]);
    graph.output(y, 'DOUBLE', ['batch', 2]);
    const model = normalise(modelOf(graph.build()));
    const results = await runOnce(anyEngine, encodeModel(model), { x: randomFloats([1, 2], 1) });
    const [a = NaN, b = NaN] = Array.from(randomFloats([1, 2], 1).data, Number);
    expect(tensor(results, y).type).toBe('FLOAT');
    expect(numbers(results, y)[0]).toBeCloseTo(2 * (a + 1.5), 5);
    expect(numbers(results, y)[1]).toBeCloseTo(2 * (b - 2), 5);
    expect(model.graph.initializers.map(({ name, dataType }) => [name, dataType])).toEqual([
      ['half', DATA_TYPE.FLOAT],
      ['double', DATA_TYPE.FLOAT],
    ]);
  });

  const mnist = publishedFile('mnist-8/model.onnx');
  it.skipIf(mnist === undefined)('frees a batch of one that is written into a Reshape', async () => {
    const model = decodeModel(mnist ?? new Uint8Array());
    const freed = encodeModel(normalise(model));
    const single = randomFloats([1, 1, 28, 28], 2);
    const other = randomFloats([1, 1, 28, 28], 3);
    const both = {
      type: 'FLOAT',
      dims: [2, 1, 28, 28],
      data: Float32Array.of(...(single.data as Float32Array), ...(other.data as Float32Array)),
    } as const;
    const output = model.graph.outputs[0]?.name ?? '';
    const expected = [single, other].map((Input3) => runOnce(anyEngine, mnist ?? new Uint8Array(), { Input3 }));
    const [first = {}, second = {}] = await Promise.all(expected);
    const found = numbers(await runOnce(anyEngine, freed, { Input3: both }), output);
    expect(found).toHaveLength(20);
    for (const [index, value] of [...numbers(first, output), ...numbers(second, output)].entries()) {
      expect(found[index]).toBeCloseTo(value, 4);
    }
  });

  it('leaves a model alone that it has brought into form', () => {
    const once = normalise(decodeModel(perceptron()));
    expect(encodeModel(normalise(once))).toEqual(encodeModel(once));
  });

  it('puts nodes in the order in which they compute', () => {
    const second: OnnxNode = { ...relu, name: 'second', inputs: ['y'], outputs: ['z'] };
    const sorted = normalise({ ...withNodes(second, relu) });
    expect(sorted.graph.nodes.map(({ name }) => name)).toEqual(['first', 'second']);
  });

  it('refuses a circle, naming nodes in it', () => {
    const back: OnnxNode = { ...relu, name: 'back', inputs: ['z'], outputs: ['w'] };
    const forth: OnnxNode = { ...relu, name: 'forth', inputs: ['w'], outputs: ['z'] };
    const circle = withNodes(relu, back, forth);
    expect(() => normalise(circle)).toThrow(refusal('INVALID_GRAPH', 'Relu "back", Relu "forth"'));
  });

  it('refuses names that are given twice, reserved or unknown', () => {
    expect(() => normalise(withNodes(relu, { ...relu, outputs: ['z'] }))).toThrow(refusal('INVALID_GRAPH', '"first"'));
    const again = { ...relu, name: 'again' };
    expect(() => normalise(withNodes(relu, again))).toThrow(refusal('INVALID_GRAPH', 'Relu "again" makes "y"'));
    const unknown = { ...relu, inputs: ['nothing'] };
    expect(() => normalise(withNodes(unknown))).toThrow(refusal('INVALID_GRAPH', 'Relu "first" names "nothing"'));
    const reserved = { ...relu, name: 'r', outputs: ['sedge:y'] };
    expect(() => normalise(withNodes(relu, reserved))).toThrow(refusal('INVALID_GRAPH', 'sedge:y'));
  });

  it('refuses other domains, bodies and sequences, naming the node', () => {
    const foreign = { ...relu, domain: 'com.microsoft' };
    expect(() => normalise(withNodes(foreign))).toThrow(refusal('UNSUPPORTED', 'com.microsoft.Relu "first"'));
    const body = new GraphBuilder('body');
    body.output(body.initializer('c', [1], Float32Array.of(1)), 'FLOAT', [1]);
    const branch = { ...graphAttribute(body.build()), name: 'then_branch', strings: [], tensors: [], graphs: [] };
    const conditional = { ...relu, opType: 'If', attributes: [branch] };
    expect(() => normalise(withNodes(conditional))).toThrow(refusal('UNSUPPORTED', 'If "first" has a body'));
    const sequence = { ...relu, opType: 'SequenceConstruct' };
    expect(() => normalise(withNodes(sequence))).toThrow(refusal('UNSUPPORTED', 'SequenceConstruct "first"'));
    const input = { name: 'x', type: { unknownFields: [] } };
    const model = withNodes(relu);
    expect(() => normalise({ ...model, graph: { ...model.graph, inputs: [input] } })).toThrow(
      refusal('UNSUPPORTED', '"x" is not a tensor'),
    );
  });

  it('keeps the weights of half precision to their values', () => {
    const squeezenet = publishedFile('squeezenet-fp16/SqueezeNet_fp16.onnx');
    if (squeezenet === undefined) return;
    const original = decodeModel(squeezenet).graph.initializers[0];
    const found = normalise(decodeModel(squeezenet)).graph.initializers.find(({ name }) => name === original?.name);
    expect(found && float32Values(found)).toEqual(original && float32Values(original));
  });
});
