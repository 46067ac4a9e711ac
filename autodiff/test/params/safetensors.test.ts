import fc from 'fast-check';
import { decodeSafetensors, encodeSafetensors, float32Values } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { fromSafetensors, toSafetensors, type ParameterSpec } from '../../src/index.ts';

/** The arrays of the other implementation of the format that this repository has. */
const shapes = fc.array(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }), { maxLength: 5 });

function specsOf(dims: readonly (readonly number[])[]): ParameterSpec[] {
  let offset = 0;
  return dims.map((sizes, index) => {
    const count = sizes.reduce((product, size) => product * size, 1);
    const spec = { name: `p${index}.weight`, dims: sizes, offset, count };
    offset += count;
    return spec;
  });
}

function valuesOf(specs: readonly ParameterSpec[]): Map<string, Float32Array> {
  return new Map(
    specs.map(({ name, count, offset }) => [name, Float32Array.from({ length: count }, (_, at) => offset + at / 8)]),
  );
}

function codeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

describe('safetensors', () => {
  it('come back, and another implementation reads the same', () => {
    fc.assert(
      fc.property(shapes, (dims) => {
        const specs = specsOf(dims);
        const file = toSafetensors(specs, valuesOf(specs));
        expect(fromSafetensors(file)).toEqual(valuesOf(specs));
        const read = decodeSafetensors(file);
        expect(new Map(read.map((tensor) => [tensor.name, float32Values(tensor)]))).toEqual(valuesOf(specs));
        expect(read.map(({ shape }) => shape)).toEqual(dims);
      }),
    );
  });

  it('of another implementation are read, whatever lies before them', () => {
    const file = encodeSafetensors(
      [{ name: 'w', dataType: 'FP32', shape: [2], data: new Uint8Array(Float32Array.of(1, -2).buffer) }],
      { by: 'x' },
    );
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    expect(fromSafetensors(shifted.subarray(1))).toEqual(new Map([['w', Float32Array.of(1, -2)]]));
  });

  it('that are none are refused with a code', () => {
    const specs = specsOf([[2, 3]]);
    const file = toSafetensors(specs, valuesOf(specs));
    const withHeader = (text: string) => {
      const bytes = new Uint8Array(8 + text.length);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
      bytes.set(new TextEncoder().encode(text), 8);
      return bytes;
    };
    expect(codeOf(() => fromSafetensors(new Uint8Array(7)))).toBe('TRUNCATED');
    expect(codeOf(() => fromSafetensors(file.subarray(0, 40)))).toBe('TRUNCATED');
    expect(codeOf(() => fromSafetensors(file.subarray(0, file.length - 1)))).toBe('MALFORMED');
    expect(codeOf(() => fromSafetensors(withHeader('[]')))).toBe('MALFORMED');
    expect(codeOf(() => fromSafetensors(withHeader('{"w":')))).toBe('MALFORMED');
    expect(codeOf(() => fromSafetensors(withHeader('{"w":null}')))).toBe('UNSUPPORTED');
    const entry = (fields: object) =>
      withHeader(JSON.stringify({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...fields } }));
    expect(codeOf(() => fromSafetensors(entry({})))).toBe('MALFORMED');
    expect(codeOf(() => fromSafetensors(entry({ shape: [-1] })))).toBe('MALFORMED');
    expect(codeOf(() => fromSafetensors(entry({ shape: 'x', data_offsets: 7 })))).toBe('MALFORMED');
    expect(codeOf(() => fromSafetensors(entry({ dtype: 'F16' })))).toBe('UNSUPPORTED');
    expect(codeOf(() => toSafetensors(specs, new Map()))).toBe('TENSOR_MISMATCH');
  });
});
