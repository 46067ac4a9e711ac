import type { NumericArray } from '../examples.ts';
import { invalidDataset } from '../invalid-dataset.ts';
import type { SourceFile } from '../source-file.ts';

const MAGIC = '\x93NUMPY';
/** Format 1.0 has a 2-byte header length, 2.0 and 3.0 have 4 bytes (NEP 1; numpy.lib.format). */
const LENGTH_BYTES: Readonly<Record<number, 2 | 4>> = { 1: 2, 2: 4, 3: 4 };
const HEADER_BYTES_MAX = 64 * 1024;

type Values = (bytes: ArrayBuffer) => ArrayLike<number>;
interface ElementType {
  readonly bytes: number;
  readonly values: Values;
}

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  '<f4': { bytes: 4, values: (buffer) => new Float32Array(buffer) },
  '<f8': { bytes: 8, values: (buffer) => new Float64Array(buffer) },
  '|u1': { bytes: 1, values: (buffer) => new Uint8Array(buffer) },
  '<i2': { bytes: 2, values: (buffer) => new Int16Array(buffer) },
  '<i4': { bytes: 4, values: (buffer) => new Int32Array(buffer) },
  '<i8': { bytes: 8, values: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number) },
};

/** One array in NumPy's own format. Throws DATASET_INVALID for what is not, and for Fortran order. */
export function parseNpy({ path, content }: SourceFile): NumericArray {
  const { header, dataStart } = readHeader(path, content);
  const type = elementType(path, header);
  if (field(path, header, 'fortran_order', '(True|False)') === 'True') {
    throw invalidDataset(`${path} is in Fortran order; save it with numpy.ascontiguousarray`);
  }
  const shape = parseShape(path, field(path, header, 'shape', String.raw`\(([\d, ]*)\)`));
  const count = shape.reduce((product, size) => product * size, 1);
  const found = content.length - dataStart;
  if (found !== count * type.bytes) {
    throw invalidDataset(
      `${path}: the shape (${shape.join(', ')}) needs ${count * type.bytes} bytes, ${found} follow byte ${dataStart}`,
    );
  }
  // Copied, because a view of wider numbers must start at a multiple of their size.
  return { path, shape, values: type.values(new Uint8Array(content.subarray(dataStart)).buffer) };
}

function readHeader(path: string, content: Uint8Array): { header: string; dataStart: number } {
  if (content.length < 10 || latin1(content, 0, 6) !== MAGIC) {
    throw invalidDataset(`${path} is not a .npy file: byte 0 does not start with \\x93NUMPY`);
  }
  const lengthBytes = LENGTH_BYTES[content[6] ?? 0];
  if (lengthBytes === undefined) throw invalidDataset(`${path}: byte 6 names the unknown format ${content[6]}`);
  const headerStart = 8 + lengthBytes;
  const length = littleEndian(content.subarray(8, headerStart));
  if (length > HEADER_BYTES_MAX || headerStart + length > content.length) {
    throw invalidDataset(`${path}: the header of ${length} bytes at byte ${headerStart} goes past the end`);
  }
  return { header: latin1(content, headerStart, headerStart + length), dataStart: headerStart + length };
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

function latin1(content: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...content.subarray(start, Math.min(end, start + HEADER_BYTES_MAX)));
}

/** The header is the text of a Python dictionary with exactly three entries, of which only these forms are taken. */
function field(path: string, header: string, name: string, pattern: string): string {
  const value = new RegExp(`'${name}'\\s*:\\s*${pattern}`).exec(header)?.[1];
  if (value === undefined) throw invalidDataset(`${path}: the header has no usable '${name}'`);
  return value;
}

function elementType(path: string, header: string): ElementType {
  const name = field(path, header, 'descr', "'([^']{1,16})'");
  const type = Object.hasOwn(ELEMENT_TYPES, name) ? ELEMENT_TYPES[name] : undefined;
  if (type !== undefined) return type;
  throw invalidDataset(`${path} holds ${name}; ${Object.keys(ELEMENT_TYPES).join(' ')} are taken`);
}

function parseShape(path: string, text: string): number[] {
  const sizes = text.split(',').filter((size) => size.trim() !== '');
  const shape = sizes.map(Number);
  const isShape = shape.length <= 16 && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape) throw invalidDataset(`${path}: the header has the impossible shape (${text})`);
  return shape;
}
