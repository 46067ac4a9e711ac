import { describe, expect, it } from 'vitest';
import { parseNpy } from '../../../src/datasets/readers/npy.ts';
import { npyFile } from '../source-folder.ts';

function read(content: Uint8Array) {
  return parseNpy({ path: 'x.npy', content, sha256: '' });
}

/** Written out byte by byte after the description of format 1.0 (NEP 1): an int16 array of one row, 1 and -2. */
const BY_HAND = Buffer.concat([
  Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]),
  Buffer.from("{'descr': '<i2', 'fortran_order': False, 'shape': (1, 2), }".padEnd(117)),
  Buffer.from([0x0a, 0x01, 0x00, 0xfe, 0xff]),
]);

describe('parseNpy', () => {
  it('reads a file as the format describes it', () => {
    const { shape, values } = read(BY_HAND);
    expect(shape).toEqual([1, 2]);
    expect(Array.from(values)).toEqual([1, -2]);
  });

  it('reads every element type in every format version', () => {
    const cases: [string, ArrayBufferView, number[]][] = [
      ['<f4', Float32Array.of(0.5, -1), [0.5, -1]],
      ['<f8', Float64Array.of(0.1, -1), [0.1, -1]],
      ['|u1', Uint8Array.of(0, 255), [0, 255]],
      ['<i2', Int16Array.of(-32768, 32767), [-32768, 32767]],
      ['<i4', Int32Array.of(-5, 2 ** 31 - 1), [-5, 2 ** 31 - 1]],
      ['<i8', BigInt64Array.of(-5n, 2n ** 40n), [-5, 2 ** 40]],
    ];
    for (const version of [1, 2, 3]) {
      for (const [descr, data, expected] of cases) {
        const { shape, values } = read(npyFile(descr, [2], data, { version }));
        expect(shape).toEqual([2]);
        expect(Array.from(values)).toEqual(expected);
      }
    }
  });

  it('takes the entries of the header in any order', () => {
    const file = Buffer.from(npyFile('|u1', [2], Uint8Array.of(3, 4)));
    const text = "{'shape': (2,), 'fortran_order': False, 'descr': '|u1'}".padEnd(117);
    file.write(text, 10, 'latin1');
    expect(Array.from(read(file).values)).toEqual([3, 4]);
  });

  const refused: [name: string, content: () => Uint8Array, detail: string][] = [
    ['another file', () => Buffer.from('PK\x03\x04 and more bytes'), 'is not a .npy file: byte 0'],
    ['an empty file', () => new Uint8Array(), 'is not a .npy file'],
    [
      'an unknown version',
      () => npyFile('<f4', [0], new Uint8Array(), { version: 4 }),
      'byte 6 names the unknown format 4',
    ],
    ['a header past the end', () => npyFile('<f4', [0], new Uint8Array()).slice(0, 60), 'goes past the end'],
    ['Fortran order', () => npyFile('<f4', [1], new Float32Array(1), { fortran: 'True' }), 'is in Fortran order'],
    [
      'big-endian numbers',
      () => npyFile('>f4', [1], new Float32Array(1)),
      'holds >f4; <f4 <f8 |u1 <i2 <i4 <i8 are taken',
    ],
    ['pickled objects', () => npyFile('|O', [1], new Float32Array(1)), 'holds |O'],
    ['a name of Object.prototype', () => npyFile('constructor', [1], new Float32Array(1)), 'holds constructor'],
    [
      'too few values',
      () => npyFile('<f4', [2, 2], new Float32Array(3)),
      'the shape (2, 2) needs 16 bytes, 12 follow byte 128',
    ],
    ['too many values', () => npyFile('<f4', [2], new Float32Array(3)), 'needs 8 bytes, 12 follow'],
    [
      'an immense shape',
      () => npyFile('<f4', [9_007_199_254_740_991, 9_007_199_254_740_991], new Uint8Array()),
      'needs',
    ],
    ['an impossible shape', () => npyFile('<f4', [100_000_000_000_000_000_000], new Uint8Array()), 'impossible shape'],
  ];
  for (const [name, content, detail] of refused) {
    it(`refuses ${name}`, () => {
      const error = expect.objectContaining({ code: 'DATASET_INVALID', detail: expect.stringContaining(detail) });
      expect(() => read(content())).toThrow(error);
    });
  }
});
