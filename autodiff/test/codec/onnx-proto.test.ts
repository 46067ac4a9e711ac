import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/codec/decode.ts';
import { encodeModel } from '../../src/codec/encode.ts';
import type { OnnxModel } from '../../src/codec/messages.ts';
import {
  attributesOf,
  floatAttribute,
  floatsAttribute,
  graphAttribute,
  intAttribute,
  intsAttribute,
  tensorAttribute,
  textAttribute,
  textsAttribute,
} from '../../src/graph/attributes.ts';
import { modelOf } from '../../src/graph/model-of.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { tensorValues } from '../../src/tensors/tensor-values.ts';
import { handCalculatedModel, publishedFile } from '../example-models.ts';
import { onnx } from './load-onnx-proto.ts';

/** The published protobuf code for onnx.proto (IR version 8) as the second opinion. */
function asPlain(bytes: Uint8Array): Record<string, unknown> {
  return onnx.ModelProto.decode(bytes).toJSON();
}

const name = fc.string({ maxLength: 12, unit: 'grapheme' });
const nonEmpty = fc.string({ minLength: 1, maxLength: 12 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const tensor = fc
  .tuple(nonEmpty, fc.array(float, { maxLength: 8 }))
  .map(([label, values]) => tensorOf(label, [values.length], Float32Array.from(values)));
const attributeValue = fc.oneof(
  int64.map(intAttribute),
  float.map(floatAttribute),
  name.map(textAttribute),
  fc.array(int64, { minLength: 1, maxLength: 5 }).map(intsAttribute),
  fc.array(float, { minLength: 1, maxLength: 5 }).map(floatsAttribute),
  fc.array(name, { maxLength: 3 }).map(textsAttribute),
  tensor.map(tensorAttribute),
  fc.constant(graphAttribute(handCalculatedModel().graph)),
);
const node = fc.record({
  inputs: fc.array(name, { maxLength: 3 }),
  outputs: fc.array(name, { maxLength: 3 }),
  opType: nonEmpty,
  attributes: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), attributeValue, { maxKeys: 3 }).map(attributesOf),
});
const graph = fc.record({
  name,
  nodes: fc.array(node, { maxLength: 4 }),
  initializers: fc.array(tensor, { maxLength: 3 }),
  inputs: fc.array(fc.record({ name: nonEmpty }), { maxLength: 2 }),
  outputs: fc.constant(handCalculatedModel().graph.outputs),
  valueInfos: fc.constant([]),
});
const model: fc.Arbitrary<OnnxModel> = graph.map((value) => ({
  ...modelOf(value, { metadata: { author: 'Ada' } }),
  modelVersion: -5n,
}));

describe('agreement with onnx-proto', () => {
  it('onnx-proto reads what we write, and what it writes back we read as the same model', () => {
    fc.assert(
      fc.property(model, (original) => {
        const theirs = onnx.ModelProto.decode(encodeModel(original));
        const returned = decodeModel(onnx.ModelProto.encode(theirs).finish());
        expect(asPlain(encodeModel(returned))).toEqual(asPlain(encodeModel(original)));
        expect(returned).toEqual(original);
      }),
      { numRuns: 200 },
    );
  });

  it('every value arrives at onnx-proto under its own name', () => {
    const { graph: theirs, opsetImport, irVersion } = onnx.ModelProto.decode(encodeModel(handCalculatedModel()));
    expect(Number(irVersion)).toBe(8);
    expect(opsetImport.map(({ version }) => Number(version))).toEqual([17]);
    expect(theirs?.node?.map(({ opType }) => opType)).toEqual(['Gemm', 'Relu', 'Gemm', 'Softmax']);
    expect(theirs?.node?.[2]?.attribute?.map((entry) => [entry.name, Number(entry.i), entry.type])).toEqual([
      ['transB', 1, onnx.AttributeProto.AttributeType.INT],
    ]);
    expect(theirs?.initializer?.map(({ name: label }) => label)).toEqual(['w', 'b', 'v', 'c']);
    expect(theirs?.input?.[0]?.type?.tensorType?.elemType).toBe(onnx.TensorProto.DataType.FLOAT);
    expect(theirs?.input?.[0]?.type?.tensorType?.shape?.dim?.[0]?.dimParam).toBe('batch');
  });

  it('we read what onnx-proto writes: typed lists, attributes, shapes', () => {
    const bytes = onnx.ModelProto.encode({
      irVersion: 7,
      opsetImport: [{ domain: 'ai.onnx.ml', version: 2 }],
      metadataProps: [{ key: 'k', value: 'v' }],
      graph: {
        name: 'g',
        node: [
          {
            opType: 'Pad',
            input: ['x', ''],
            output: ['y'],
            attribute: [{ name: 'pads', type: onnx.AttributeProto.AttributeType.INTS, ints: [0, -3] }],
          },
        ],
        initializer: [
          { name: 'f', dims: [2], dataType: 1, floatData: [1.5, -2] },
          { name: 'h', dims: [1], dataType: 10, int32Data: [0x3c00] },
          { name: 'l', dims: [1], dataType: 7, int64Data: [-9] },
          { name: 's', dims: [1], dataType: 8, stringData: [Uint8Array.of(104, 105)] },
        ],
        input: [
          { name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'n' }, { dimValue: 3 }] } } } },
        ],
      },
    }).finish();
    const { graph: ours, ...rest } = decodeModel(bytes);
    expect(rest).toMatchObject({ irVersion: 7, opsetImports: [{ domain: 'ai.onnx.ml', version: 2 }] });
    expect(rest.metadataProps).toEqual([{ key: 'k', value: 'v' }]);
    expect(ours.nodes[0]).toMatchObject({ opType: 'Pad', inputs: ['x', ''], outputs: ['y'] });
    expect(ours.nodes[0]?.attributes[0]?.ints).toEqual(BigInt64Array.of(0n, -3n));
    const [floats, halves, longs, strings] = ours.initializers;
    expect(floats && tensorValues(floats)).toEqual(Float32Array.of(1.5, -2));
    expect(halves && tensorValues(halves)).toEqual(Uint16Array.of(0x3c00));
    expect(longs && tensorValues(longs)).toEqual(BigInt64Array.of(-9n));
    expect(strings?.stringData).toEqual([Uint8Array.of(104, 105)]);
    expect(ours.inputs[0]?.type?.tensorType?.shape?.dims).toEqual([{ dimParam: 'n' }, { dimValue: 3 }]);
  });

  for (const path of ['mnist-8/model.onnx', 'squeezenet-fp16/SqueezeNet_fp16.onnx']) {
    const published = publishedFile(path);
    it.skipIf(published === undefined)(`${path} means the same to onnx-proto after we wrote it again`, () => {
      const original = published ?? new Uint8Array();
      expect(asPlain(encodeModel(decodeModel(original)))).toEqual(asPlain(original));
    });
  }
});
