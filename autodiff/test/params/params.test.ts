import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/codec/decode.ts';
import { encodeModel } from '../../src/codec/encode.ts';
import { tensorAttribute } from '../../src/graph/attributes.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { modelOf } from '../../src/graph/model-of.ts';
import { fromFlatVector, toFlatVector } from '../../src/params/flat-vector.ts';
import { parametersOfModel, withParameters } from '../../src/params/model-parameters.ts';
import { parameterSpecs } from '../../src/params/parameter-spec.ts';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../src/tensors/half-float.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { publishedFile } from '../example-models.ts';
import { perceptron } from '../training.ts';

const mismatch = expect.objectContaining({ code: 'TENSOR_MISMATCH' });

describe('flat vector', () => {
  const shapes = fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }), { maxLength: 5 });

  it('and named tensors are each made of the other', () => {
    fc.assert(
      fc.property(shapes, (all) => {
        const tensors = all.map((dims, index) => {
          const count = dims.reduce((product, size) => product * size, 1);
          return tensorOf(
            `w${index}`,
            dims,
            Float32Array.from({ length: count }, (_, at) => index + at / 8),
          );
        });
        const specs = parameterSpecs(tensors);
        const vector = Float32Array.from({ length: specs.reduce((sum, { count }) => sum + count, 0) }, (_, at) => at);
        expect(toFlatVector(specs, fromFlatVector(specs, vector))).toEqual(vector);
      }),
    );
  });

  it('refuses what does not fit', () => {
    const specs = parameterSpecs([tensorOf('w', [2], Float32Array.of(1, 2))]);
    expect(() => fromFlatVector(specs, new Float32Array(3))).toThrow(mismatch);
    expect(() => toFlatVector(specs, new Map())).toThrow(mismatch);
    expect(() => toFlatVector(specs, new Map([['w', new Float32Array(1)]]))).toThrow(mismatch);
  });
});

describe('parameters of a model', () => {
  it('are put back without changing anything else', () => {
    const bytes = perceptron();
    const model = decodeModel(bytes);
    const specs = parameterSpecs(model.graph.initializers);
    const values = parametersOfModel(model, specs);
    expect(encodeModel(withParameters(model, values))).toEqual(bytes);
    const changed = withParameters(model, new Map([['out.bias', Float32Array.of(3, 4)]]));
    expect(parametersOfModel(changed, specs).get('out.bias')).toEqual(Float32Array.of(3, 4));
    expect(parametersOfModel(changed, specs).get('out.weight')).toEqual(values.get('out.weight'));
    expect(changed.graph.nodes).toEqual(model.graph.nodes);
  });

  it('keep half precision, and lie in Constant nodes too', () => {
    const graph = new GraphBuilder('constants');
    const x = graph.input('x', 'FLOAT16', [2]);
    // 1 and 2 in binary16.
    const half = tensorOf('inner', [2], Uint16Array.of(0x3c00, 0x4000), 'FLOAT16');
    const w = graph.node('Constant', [], { attributes: { value: tensorAttribute(half) }, outputs: ['w'] });
    graph.output(graph.node('Mul', [x, w]), 'FLOAT16', [2]);
    const model = modelOf(graph.build());
    const specs = parameterSpecs([{ ...half, name: 'w' }]);
    expect(parametersOfModel(model, specs).get('w')).toEqual(Float32Array.of(1, 2));
    const trained = withParameters(model, new Map([['w', Float32Array.of(1.5, -2)]]));
    expect(trained.graph.nodes[0]?.attributes[0]?.t?.rawData).toEqual(Uint8Array.of(0x00, 0x3e, 0x00, 0xc0));
    expect(parametersOfModel(trained, specs).get('w')).toEqual(Float32Array.of(1.5, -2));
  });

  const squeezenet = publishedFile('squeezenet-fp16/SqueezeNet_fp16.onnx');
  it.skipIf(squeezenet === undefined)('of a published model of half precision come back byte for byte', () => {
    const bytes = squeezenet ?? new Uint8Array();
    const model = decodeModel(bytes);
    const values = parametersOfModel(model, parameterSpecs(model.graph.initializers));
    expect(Buffer.compare(encodeModel(withParameters(model, values)), bytes)).toBe(0);
  });

  it('refuse names that the model does not have, and values of another length', () => {
    const model = decodeModel(perceptron());
    expect(() => withParameters(model, new Map([['other', new Float32Array(1)]]))).toThrow(mismatch);
    expect(() => withParameters(model, new Map([['out.bias', new Float32Array(1)]]))).toThrow(mismatch);
    expect(() => parametersOfModel(model, parameterSpecs([tensorOf('other', [1], Float32Array.of(1))]))).toThrow(
      mismatch,
    );
  });
});

describe('half precision', () => {
  it('every number of binary16 and bfloat16 comes back', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 65_536; bits++) {
      const [half, wide] = [fromFloat16(bits), fromBfloat16(bits)];
      if (!Number.isNaN(half) && toFloat16(half) !== bits && bits !== 0x8000) wrong.push(bits);
      if (!Number.isNaN(wide) && toBfloat16(wide) !== bits) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it('rounds to the nearest, ties to even', () => {
    // Beside 1 the steps are 2^-10; a tie lies halfway.
    expect(toFloat16(1 + 2 ** -11)).toBe(0x3c00);
    expect(toFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(toFloat16(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
    expect(toFloat16(65_519)).toBe(0x7bff);
    expect(toFloat16(65_520)).toBe(0x7c00);
    expect(toFloat16(2 ** -25)).toBe(0);
    expect(toFloat16(-(2 ** -24))).toBe(0x8001);
    expect(toFloat16(2047.9999 / 2048)).toBe(0x3c00);
    expect(toFloat16(Number.NaN)).toBe(0x7e00);
    expect(toBfloat16(1 + 2 ** -8)).toBe(0x3f80);
    expect(toBfloat16(1 + 3 * 2 ** -8)).toBe(0x3f82);
    expect(toBfloat16(Number.NaN)).toBe(0x7fc0);
  });
});
