import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTensor } from '../../src/codec/decode.ts';
import { encodeTensor } from '../../src/codec/encode.ts';
import type { OnnxTensor } from '../../src/codec/messages.ts';
import { DATA_TYPE, type NumericTypeName } from '../../src/tensors/data-type.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { float32Values, tensorValues } from '../../src/tensors/tensor-values.ts';

function typed(type: keyof typeof DATA_TYPE, count: number, values: Partial<OnnxTensor>): OnnxTensor {
  return { dims: [count], dataType: DATA_TYPE[type], stringData: [], externalData: [], name: 't', ...values };
}

describe('tensorValues', () => {
  it('gives back the values of every array type', () => {
    for (const values of [
      Float32Array.of(1.5, -0),
      Float64Array.of(Math.PI, -1e300),
      Int8Array.of(-128, 127),
      Int16Array.of(-32768, 32767),
      Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
      BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
      Uint8Array.of(0, 255),
      Uint16Array.of(0, 65535),
      Uint32Array.of(0, 2 ** 32 - 1),
      BigUint64Array.of(0n, 2n ** 64n - 1n),
    ]) {
      expect(tensorValues(tensorOf('t', [2], values))).toEqual(values);
    }
  });

  it('copies, also from an odd offset', () => {
    const raw = Uint8Array.of(9, 0, 0, 0x80, 0x3f);
    const tensor = typed('FLOAT', 1, { rawData: raw.subarray(1) });
    expect(tensorValues(tensor)).toEqual(Float32Array.of(1));
    raw.fill(0);
    expect(tensorValues(tensor)).toEqual(Float32Array.of(0));
    const source = Float32Array.of(7);
    const copy = tensorOf('t', [1], source);
    source[0] = 8;
    expect(tensorValues(copy)).toEqual(Float32Array.of(7));
  });

  it('copies out of a Buffer of Node too, whose own slice() would not', () => {
    const file = Buffer.from(encodeTensor(tensorOf('t', [2], Float32Array.of(3, 4))));
    const values = tensorValues(decodeTensor(file));
    file.fill(0);
    expect(values).toEqual(Float32Array.of(3, 4));
  });

  it('reads each type from the list that onnx.proto names for it', () => {
    const int32Data = Int32Array.of(-1, 255);
    expect(tensorValues(typed('FLOAT', 1, { floatData: Float32Array.of(2) }))).toEqual(Float32Array.of(2));
    expect(tensorValues(typed('DOUBLE', 1, { doubleData: Float64Array.of(2) }))).toEqual(Float64Array.of(2));
    expect(tensorValues(typed('INT8', 1, { int32Data: Int32Array.of(-3) }))).toEqual(Int8Array.of(-3));
    expect(tensorValues(typed('INT16', 2, { int32Data }))).toEqual(Int16Array.of(-1, 255));
    expect(tensorValues(typed('INT32', 2, { int32Data }))).toEqual(int32Data);
    expect(tensorValues(typed('BOOL', 1, { int32Data: Int32Array.of(1) }))).toEqual(Uint8Array.of(1));
    expect(tensorValues(typed('UINT8', 1, { int32Data: Int32Array.of(200) }))).toEqual(Uint8Array.of(200));
    expect(tensorValues(typed('UINT16', 1, { int32Data: Int32Array.of(65535) }))).toEqual(Uint16Array.of(65535));
    expect(tensorValues(typed('UINT32', 1, { uint64Data: BigUint64Array.of(4294967295n) }))).toEqual(
      Uint32Array.of(4294967295),
    );
    expect(tensorValues(typed('UINT64', 1, { uint64Data: BigUint64Array.of(5n) }))).toEqual(BigUint64Array.of(5n));
    expect(tensorValues(typed('INT64', 1, { int64Data: BigInt64Array.of(-5n) }))).toEqual(BigInt64Array.of(-5n));
  });

  it('takes a tensor without elements and a scalar', () => {
    expect(tensorValues({ ...typed('FLOAT', 0, {}), dims: [0, 3] })).toEqual(new Float32Array(0));
    expect(tensorValues({ ...typed('INT64', 0, { int64Data: BigInt64Array.of(4n) }), dims: [] })).toEqual(
      BigInt64Array.of(4n),
    );
  });

  it('refuses values that do not fit the shape, and shapes that cannot be', () => {
    const mismatch = expect.objectContaining({ code: 'TENSOR_MISMATCH' });
    const cases: OnnxTensor[] = [
      typed('FLOAT', 2, { rawData: new Uint8Array(7) }),
      typed('FLOAT', 2, { floatData: Float32Array.of(1) }),
      typed('FLOAT', 2, {}),
      { ...typed('FLOAT', 0, {}), dims: [-1] },
      { ...typed('FLOAT', 0, {}), dims: [-1, -1] },
      { ...typed('FLOAT', 0, {}), dims: [2 ** 30, 2 ** 30] },
    ];
    for (const tensor of cases) expect(() => tensorValues(tensor)).toThrow(mismatch);
    expect(() => tensorOf('t', [3], Float32Array.of(1))).toThrow(mismatch);
    expect(() => tensorOf('t', [-1, -1], Float32Array.of(1))).toThrow(mismatch);
  });

  it('refuses strings and types that it does not know', () => {
    const unsupported = expect.objectContaining({ code: 'UNSUPPORTED' });
    expect(() => tensorValues(typed('STRING', 0, {}))).toThrow(unsupported);
    expect(() => tensorValues({ ...typed('FLOAT', 0, {}), dataType: 22 })).toThrow(unsupported);
    expect(() => float32Values(tensorOf('t', [1], Int32Array.of(1)))).toThrow(unsupported);
  });
});

describe('float32Values', () => {
  it('reads the binary16 examples of IEEE 754', () => {
    // 1, -2, largest 65504, smallest subnormal 2^-24, +infinity, 1/3 rounded (IEEE 754-2019, 3.6; Wikipedia "Half-precision").
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x3555);
    const tensor = tensorOf('t', [6], bits, 'FLOAT16');
    expect([...float32Values(tensor)]).toEqual([1, -2, 65504, 2 ** -24, Infinity, 0.333251953125]);
    expect(float32Values(tensorOf('t', [1], Uint16Array.of(0x7e00), 'FLOAT16'))[0]).toBeNaN();
  });

  it('reads bfloat16 as the upper half of a float32', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), (bits) => {
        const [expected] = new Float32Array(Uint32Array.of(bits * 65536).buffer);
        expect(float32Values(tensorOf('t', [1], Uint16Array.of(bits), 'BFLOAT16'))[0]).toBe(expected);
      }),
    );
  });

  it('reads float32 and float64', () => {
    expect(float32Values(tensorOf('t', [1], Float32Array.of(0.1)))).toEqual(Float32Array.of(0.1));
    expect(float32Values(tensorOf('t', [1], Float64Array.of(0.1)))).toEqual(Float32Array.of(0.1));
  });
});

it('every numeric type has a storage', () => {
  for (const type of Object.keys(DATA_TYPE).filter((name) => name !== 'STRING') as NumericTypeName[]) {
    expect(tensorValues(typed(type, 0, { dims: [0] }))).toHaveLength(0);
  }
});
