import { describe, expect, it } from 'vitest';
import { parseIdx } from '../../../src/datasets/readers/idx.ts';
import { idxFile } from '../source-folder.ts';

function read(content: Uint8Array) {
  return parseIdx({ path: 'x.idx', content, sha256: '' });
}

describe('parseIdx', () => {
  it('reads the header of the MNIST labels as the format describes it', () => {
    // Magic 0x00000801, two items, labels 5 and 0 (yann.lecun.com/exdb/mnist).
    const { shape, values } = read(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 0));
    expect(shape).toEqual([2]);
    expect(Array.from(values)).toEqual([5, 0]);
  });

  it('reads every element type, big-endian', () => {
    const cases: [number, number[], number[]][] = [
      [0x08, [0, 255], [0, 255]],
      [0x09, [0, 255], [0, -1]],
      [0x0b, [0x01, 0x00, 0xff, 0xfe], [256, -2]],
      [0x0c, [0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff], [65536, -1]],
      [0x0d, [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0], [1, -2]],
      [0x0e, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], [1, -2]],
    ];
    for (const [type, bytes, expected] of cases) {
      expect(Array.from(read(idxFile(type, [2], Uint8Array.from(bytes))).values)).toEqual(expected);
    }
  });

  it('reads several dimensions', () => {
    expect(read(idxFile(8, [2, 3, 4], new Uint8Array(24))).shape).toEqual([2, 3, 4]);
  });

  const refused: [name: string, content: Uint8Array, detail: string][] = [
    ['an empty file', new Uint8Array(), 'is not an IDX file'],
    ['another file', Buffer.from('GIF89a'), 'does not start with two zero bytes'],
    ['an unknown element type', Uint8Array.of(0, 0, 7, 1, 0, 0, 0, 0), 'byte 2 names the unknown element type 7'],
    ['no dimensions', Uint8Array.of(0, 0, 8, 0), 'byte 3 names 0 dimensions'],
    ['too many dimensions', Uint8Array.of(0, 0, 8, 200), 'byte 3 names 200 dimensions'],
    ['a cut header', Uint8Array.of(0, 0, 8, 3, 0, 0), 'ends inside of its header, at byte 6'],
    ['too few values', idxFile(8, [2, 2], new Uint8Array(3)), 'the sizes 2 by 2 need 4 bytes, 3 follow byte 12'],
    ['too many values', idxFile(8, [2], new Uint8Array(3)), 'need 2 bytes, 3 follow byte 8'],
    ['immense sizes', idxFile(8, [4294967295, 4294967295, 4294967295], new Uint8Array()), 'follow byte 16'],
  ];
  for (const [name, content, detail] of refused) {
    it(`refuses ${name}`, () => {
      const error = expect.objectContaining({ code: 'DATASET_INVALID', detail: expect.stringContaining(detail) });
      expect(() => read(content)).toThrow(error);
    });
  }
});
