import { float32Tensor, type DataType, type Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { parseNpy } from '../../src/datasets/readers/npy.ts';
import { encodeNpy } from '../../src/external-trainer/encode-npy.ts';

describe('a tensor as a NumPy file', () => {
  it('has the bytes that NumPy 1.24 writes', () => {
    // numpy.save(file, numpy.array([1, 2, 3], dtype="<i4")); the header is padded to 128 bytes in all.
    const words = "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }";
    const header = `${words}${' '.repeat(128 - 10 - words.length - 1)}\n`;
    const expected = Buffer.concat([
      Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
      Buffer.from(header),
      Buffer.from(Int32Array.of(1, 2, 3).buffer),
    ]);
    const labels = tensor('INT32', [3], new Uint8Array(Int32Array.of(1, 2, 3).buffer));
    expect(Buffer.from(encodeNpy(labels))).toEqual(expected);
  });

  it.each([
    ['FP32', [2, 3], new Uint8Array(Float32Array.of(1, -2.5, 3, 0, 5, 1e9).buffer), [1, -2.5, 3, 0, 5, 1e9]],
    ['UINT8', [2, 1, 2], Uint8Array.of(0, 7, 128, 255), [0, 7, 128, 255]],
    ['INT64', [2], new Uint8Array(BigInt64Array.of(4n, -1n).buffer), [4, -1]],
  ] as const)('of %s comes back through the reader', (dataType, shape, data, values) => {
    const content = encodeNpy(tensor(dataType, shape, data));
    const read = parseNpy({ path: 'a.npy', content, sha256: '' });
    expect(read.shape).toEqual(shape);
    expect(Array.from(read.values)).toEqual(values);
  });

  it('begins its values at a multiple of 64, however long the shape is', () => {
    for (let rank = 1; rank <= 16; rank += 1) {
      const shape = Array.from({ length: rank }, (_, axis) => (axis === 0 ? 2 : 1));
      const file = encodeNpy(float32Tensor('x', shape, [1, 2]));
      expect((file.byteLength - 8) % 64).toBe(0);
    }
  });

  it('of another type is refused', () => {
    expect(() => encodeNpy(tensor('FP16', [1], Uint8Array.of(0, 0)))).toThrow('TENSOR_MISMATCH');
  });
});

function tensor(dataType: DataType, shape: readonly number[], data: Uint8Array): Tensor {
  return { name: 'x', dataType, shape, data };
}
