import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, float32Tensor, toUtf8 } from '../src/index.ts';

describe('safetensors', () => {
  it('has the layout of the format: length, padded JSON, arrays without gaps', () => {
    const file = encodeSafetensors([float32Tensor('w', [1, 2], [1, -2])]);
    const json = '{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
    const header = json.padEnd(Math.ceil(json.length / 8) * 8);
    expect(Buffer.from(file.subarray(0, 8)).readBigUInt64LE()).toBe(BigInt(header.length));
    expect(Buffer.from(file.subarray(8, 8 + header.length)).toString()).toBe(header);
    expect(Buffer.from(file.subarray(8 + header.length)).toString('hex')).toBe('0000803f000000c0');
  });

  it('gives back what was put in, in order, whatever the metadata', () => {
    const tensors = [float32Tensor('b', [2], [1, 2]), float32Tensor('a', [1], [3]), float32Tensor('empty', [0], [])];
    expect(decodeSafetensors(encodeSafetensors(tensors, { format: 'test' }))).toEqual(tensors);
  });

  it('refuses truncations, gaps, overlaps and bytes that belong to nothing', () => {
    const file = encodeSafetensors([float32Tensor('a', [2], [1, 2]), float32Tensor('b', [2], [3, 4])]);
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeSafetensors(file.subarray(0, length))).toThrow(/MODEL_INVALID/);
    }
    const withHeader = (header: unknown, bodyBytes: number): Uint8Array => {
      const json = toUtf8(JSON.stringify(header));
      const made = new Uint8Array(8 + json.length + bodyBytes);
      new DataView(made.buffer).setBigUint64(0, BigInt(json.length), true);
      made.set(json, 8);
      return made;
    };
    const f32 = (begin: number, end: number) => ({
      dtype: 'F32',
      shape: [(end - begin) / 4],
      data_offsets: [begin, end],
    });
    expect(() => decodeSafetensors(withHeader({ a: f32(4, 8) }, 8))).toThrow(/gap or overlaps/);
    expect(() => decodeSafetensors(withHeader({ a: f32(0, 8), b: f32(4, 8) }, 8))).toThrow(/gap or overlaps/);
    expect(() => decodeSafetensors(withHeader({ a: f32(0, 4) }, 8))).toThrow(/belong to no array/);
    expect(() => decodeSafetensors(withHeader({ a: f32(0, 16) }, 8))).toThrow(/outside of the file/);
    expect(() => decodeSafetensors(withHeader({ a: { ...f32(0, 4), dtype: 'Q4' } }, 4))).toThrow(/unknown type/);
  });

  it('never answers hostile bytes with anything but a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(() => decodeSafetensors(bytes)).toThrow(/MODEL_INVALID/);
      }),
    );
  });
});
