import { encodeModel, GraphBuilder, modelOf, type OnnxModel, type OnnxTensor } from '@sedge/autodiff';
import { describe, expect, it } from 'vitest';
import { checkOnnx } from '../../src/onnx-check/check-onnx.ts';
import { hasSharedModels, readShared, SHARED_MODELS_REASON } from '../shared-models.ts';
import {
  concatenated,
  field,
  modelWith,
  nested,
  plainTensor,
  reluOfSum,
  smallNetwork,
  varint,
} from './crafted-onnx.ts';

const GIB = 2 ** 30;

function codeOf(file: Uint8Array, limits?: Parameters<typeof checkOnnx>[1]): string {
  try {
    checkOnnx(file, limits);
    return 'taken';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** One node of a domain, y = op(x). */
function nodeOf(domain: string): Uint8Array {
  const graph = new GraphBuilder('domain');
  const x = graph.input('x', 'FLOAT', [1]);
  graph.output(graph.node('Relu', [x], { domain, outputs: ['y'] }), 'FLOAT', [1]);
  return encodeModel(modelOf(graph.build()));
}

describe('a file that is taken', () => {
  it('is summed up', () => {
    // 18 + 12 + 3 floats of 4 bytes, 2 + 4 int64 of 8 bytes.
    expect(checkOnnx(smallNetwork())).toEqual({ irVersion: 8, nodes: 7, tensors: 5, tensorBytes: 180 });
  });

  it('is counted with the graphs inside it', () => {
    // An If and twice Add and Relu with one float.
    expect(checkOnnx(encodeModel(nested(reluOfSum(plainTensor()))))).toMatchObject({
      nodes: 5,
      tensors: 2,
      tensorBytes: 8,
    });
  });

  it.each(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft'])('may use operators of the domain "%s"', (domain) => {
    expect(codeOf(nodeOf(domain))).toBe('taken');
  });

  it.skipIf(!hasSharedModels)(
    `may be a published one (${hasSharedModels ? 'found' : SHARED_MODELS_REASON})`,
    async () => {
      expect(codeOf(await readShared('mnist-8/model.onnx'))).toBe('taken');
      expect(codeOf(await readShared('squeezenet-fp16/SqueezeNet_fp16.onnx'))).toBe('taken');
    },
  );

  it('may keep its values in lists of numbers', () => {
    const values: [number, Partial<OnnxTensor>][] = [
      [1, { floatData: Float32Array.of(1) }],
      [3, { int32Data: Int32Array.of(1) }],
      [7, { int64Data: BigInt64Array.of(1n) }],
      [10, { int32Data: Int32Array.of(0x3c00) }],
      [11, { doubleData: Float64Array.of(1) }],
      [12, { uint64Data: BigUint64Array.of(1n) }],
      [8, { stringData: [Uint8Array.of(97)] }],
      [22, { int32Data: Int32Array.of(1) }],
    ];
    for (const [dataType, list] of values) expect(codeOf(modelWith({ dataType, ...list }))).toBe('taken');
  });
});

describe('a file that is no model', () => {
  it('is refused when it is empty, a text, or ends early', () => {
    const whole = smallNetwork();
    expect(codeOf(new Uint8Array(0))).toBe('ONNX_MALFORMED');
    expect(codeOf(new TextEncoder().encode('This is no model.'))).toBe('ONNX_MALFORMED');
    for (let length = 0; length < whole.length; length++) {
      expect(codeOf(whole.subarray(0, length)), `${length} bytes`).toBe('ONNX_MALFORMED');
    }
  });

  it('is refused when a header claims two gigabytes', () => {
    // ir_version 8, then a graph (field 7) whose length is 2^31.
    const claim = concatenated([0x08, 0x08, 0x3a], varint(2 * GIB), new Uint8Array(100));
    expect(codeOf(claim)).toBe('ONNX_MALFORMED');
  });

  it('is refused without an output', () => {
    const graph = { ...reluOfSum(plainTensor()), outputs: [] };
    expect(codeOf(encodeModel(modelOf(graph)))).toBe('ONNX_MALFORMED');
  });
});

describe('a file that claims more than is there', () => {
  it.each<[string, readonly number[], string]>([
    ['two gigabytes', [2 * GIB], 'ONNX_LIMIT_EXCEEDED'],
    ['two gigabytes in bytes', [GIB / 2], 'ONNX_LIMIT_EXCEEDED'],
    ['a product that overflows', [2 ** 40, 2 ** 40], 'ONNX_LIMIT_EXCEEDED'],
    ['nothing of impossibly much', [2 ** 52, 0], 'ONNX_LIMIT_EXCEEDED'],
    ['a negative dimension', [-1], 'ONNX_MALFORMED'],
    ['two values instead of one', [2], 'ONNX_MALFORMED'],
    ['none instead of one', [0], 'ONNX_MALFORMED'],
  ])('is refused: %s', (_, dims, code) => {
    expect(codeOf(modelWith(plainTensor({ dims })))).toBe(code);
    expect(codeOf(encodeModel(nested(reluOfSum(plainTensor({ dims })))))).toBe(code);
  });

  it('is refused when the list of values is too short', () => {
    expect(codeOf(modelWith({ dims: [3], floatData: Float32Array.of(1, 2) }))).toBe('ONNX_MALFORMED');
    expect(codeOf(modelWith({ dims: [3], dataType: 8, stringData: [] }))).toBe('ONNX_MALFORMED');
  });

  it('is refused beyond the limits that are given', () => {
    const file = smallNetwork();
    expect(codeOf(file, { fileBytesMax: file.length - 1 })).toBe('ONNX_LIMIT_EXCEEDED');
    expect(codeOf(file, { nodesMax: 6 })).toBe('ONNX_LIMIT_EXCEEDED');
    expect(codeOf(file, { tensorsMax: 4 })).toBe('ONNX_LIMIT_EXCEEDED');
    expect(codeOf(file, { tensorBytesMax: 71 })).toBe('ONNX_LIMIT_EXCEEDED');
    expect(codeOf(file, { fileBytesMax: file.length, nodesMax: 7, tensorsMax: 5, tensorBytesMax: 72 })).toBe('taken');
  });

  it('is refused when graphs are nested without end', () => {
    const text = (number: number, value: string): Uint8Array => field(number, new TextEncoder().encode(value));
    let graph: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 40; depth++) {
      const attribute = concatenated(text(1, 'then_branch'), field(6, graph));
      graph = field(1, concatenated(text(4, 'If'), field(5, attribute)));
    }
    expect(codeOf(concatenated([0x08, 0x08], field(7, graph)))).toBe('ONNX_LIMIT_EXCEEDED');
  });
});

describe('a file that asks for what is not here', () => {
  it('is refused when data lies outside of it, however it says so, and however deep', () => {
    const outside = plainTensor({ externalData: [{ key: 'location', value: '../../etc/passwd' }] });
    for (const tensor of [outside, plainTensor({ dataLocation: 1 })]) {
      expect(codeOf(modelWith(tensor))).toBe('ONNX_EXTERNAL_DATA');
      expect(codeOf(encodeModel(nested(reluOfSum(tensor))))).toBe('ONNX_EXTERNAL_DATA');
    }
  });

  it('is refused with operators of a domain that is not known, at any depth', () => {
    expect(codeOf(nodeOf('evil.corp'))).toBe('ONNX_OPERATOR_UNKNOWN');
    const graph = new GraphBuilder('branch');
    const value = graph.constant(plainTensor());
    graph.output(graph.node('Relu', [value], { domain: 'evil.corp', outputs: ['y'] }), 'FLOAT', [1]);
    expect(codeOf(encodeModel(nested(graph.build())))).toBe('ONNX_OPERATOR_UNKNOWN');
  });

  it.each<[string, Partial<OnnxModel['graph']['inputs'][number]>]>([
    // TypeProto.sequence_type is field 4, map_type field 5 of onnx.proto.
    ['a sequence', { type: { unknownFields: [{ number: 4, bytes: field(4, new Uint8Array(0)) }] } }],
    ['a map', { type: { unknownFields: [{ number: 5, bytes: field(5, new Uint8Array(0)) }] } }],
    ['bfloat16', { type: { tensorType: { elemType: 16 } } }],
    ['a complex number', { type: { tensorType: { elemType: 14 } } }],
  ])('is refused with %s as an input or an output', (_, kind) => {
    const graph = reluOfSum(plainTensor());
    const input = { ...graph.inputs[0], name: 'x', ...kind };
    const output = { ...graph.outputs[0], name: 'y', ...kind };
    expect(codeOf(encodeModel(modelOf({ ...graph, inputs: [input] })))).toBe('ONNX_OPERATOR_UNKNOWN');
    expect(codeOf(encodeModel(modelOf({ ...graph, outputs: [output] })))).toBe('ONNX_OPERATOR_UNKNOWN');
  });

  it.each([
    ['training information', 20],
    ['functions of its own', 25],
  ])('is refused with %s', (_, number) => {
    const model = {
      ...modelOf(reluOfSum(plainTensor())),
      unknownFields: [{ number, bytes: field(number, Uint8Array.of()) }],
    };
    expect(codeOf(encodeModel(model))).toBe('ONNX_OPERATOR_UNKNOWN');
  });

  it('is refused with sparse tensors, whose dense size has no bound in the file', () => {
    const graph = { ...reluOfSum(plainTensor()), unknownFields: [{ number: 15, bytes: field(15, Uint8Array.of()) }] };
    expect(codeOf(encodeModel(modelOf(graph)))).toBe('ONNX_OPERATOR_UNKNOWN');
  });
});
