import type { NumericArray } from '../examples.ts';
import { invalidDataset } from '../invalid-dataset.ts';
import type { SourceFile } from '../source-file.ts';

interface ElementType {
  readonly bytes: number;
  read(view: DataView, offset: number): number;
}

/** By the third byte of the file. Everything in IDX is big-endian (yann.lecun.com/exdb/mnist, "the IDX file format"). */
const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  0x08: { bytes: 1, read: (view, offset) => view.getUint8(offset) },
  0x09: { bytes: 1, read: (view, offset) => view.getInt8(offset) },
  0x0b: { bytes: 2, read: (view, offset) => view.getInt16(offset) },
  0x0c: { bytes: 4, read: (view, offset) => view.getInt32(offset) },
  0x0d: { bytes: 4, read: (view, offset) => view.getFloat32(offset) },
  0x0e: { bytes: 8, read: (view, offset) => view.getFloat64(offset) },
};

/** One array in the format of the MNIST files. Throws DATASET_INVALID for what is not. */
export function parseIdx({ path, content }: SourceFile): NumericArray {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const { type, rank } = readMagic(path, content);
  const dataStart = 4 + 4 * rank;
  if (content.length < dataStart) throw invalidDataset(`${path} ends inside of its header, at byte ${content.length}`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, size) => product * size, 1);
  const found = content.length - dataStart;
  if (found !== count * type.bytes) {
    throw invalidDataset(
      `${path}: the sizes ${shape.join(' by ')} need ${count * type.bytes} bytes, ${found} follow byte ${dataStart}`,
    );
  }
  return { path, shape, values: readValues(view, type, dataStart, count) };
}

function readMagic(path: string, content: Uint8Array): { type: ElementType; rank: number } {
  const [first, second, typeCode = 0, rank = 0] = content;
  if (content.length < 4 || first !== 0 || second !== 0) {
    throw invalidDataset(`${path} is not an IDX file: it does not start with two zero bytes`);
  }
  const type = ELEMENT_TYPES[typeCode];
  if (type === undefined) throw invalidDataset(`${path}: byte 2 names the unknown element type ${typeCode}`);
  if (rank < 1 || rank > 16) throw invalidDataset(`${path}: byte 3 names ${rank} dimensions`);
  return { type, rank };
}

function readValues(view: DataView, type: ElementType, start: number, count: number): ArrayLike<number> {
  // The usual case, and the one with many values, needs no copy.
  if (type === ELEMENT_TYPES[0x08]) return new Uint8Array(view.buffer, view.byteOffset + start, count);
  return Float64Array.from({ length: count }, (_, index) => type.read(view, start + index * type.bytes));
}
