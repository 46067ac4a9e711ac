import { concatBytes } from '../bytes.ts';
import { type DataType, elementCount, type Tensor } from '../tensor.ts';
import { fromUtf8, toUtf8 } from '../text.ts';
import { mismatch } from './refusal.ts';
import { BFLOAT16, FLOAT16, shortFloatBits, shortFloatValue, type ShortFloat } from './short-float.ts';

/** How the elements of one data type stand in JSON, and in a tensor's bytes. */
interface ElementCodec {
  readonly bytes: number;
  /** False for a value that is not of this type. */
  readonly write: (view: DataView, offset: number, value: unknown) => boolean;
  /** Undefined for a value that JSON cannot carry exactly. */
  readonly read: (view: DataView, offset: number) => number | boolean | undefined;
}

const CODECS: Readonly<Record<Exclude<DataType, 'BYTES'>, ElementCodec>> = {
  BOOL: {
    bytes: 1,
    write: (view, offset, value) => {
      if (typeof value !== 'boolean') return false;
      view.setUint8(offset, value ? 1 : 0);
      return true;
    },
    read: (view, offset) => view.getUint8(offset) !== 0,
  },
  UINT8: integer(1, 0, 0xff, 'setUint8', 'getUint8'),
  UINT16: integer(2, 0, 0xffff, 'setUint16', 'getUint16'),
  UINT32: integer(4, 0, 0xffff_ffff, 'setUint32', 'getUint32'),
  UINT64: bigInteger(0, 'setBigUint64', 'getBigUint64'),
  INT8: integer(1, -0x80, 0x7f, 'setInt8', 'getInt8'),
  INT16: integer(2, -0x8000, 0x7fff, 'setInt16', 'getInt16'),
  INT32: integer(4, -0x8000_0000, 0x7fff_ffff, 'setInt32', 'getInt32'),
  INT64: bigInteger(Number.MIN_SAFE_INTEGER, 'setBigInt64', 'getBigInt64'),
  // Triton takes these two as bytes only; numbers do no harm: each is rounded once, and comes back exactly.
  FP16: shortFloat(FLOAT16),
  BF16: shortFloat(BFLOAT16),
  FP32: float(4, 'setFloat32', 'getFloat32'),
  FP64: float(8, 'setFloat64', 'getFloat64'),
};

/** The bytes of a tensor from JSON, flat or nested in the order of the shape. Throws TENSOR_MISMATCH. */
export function elementsFromJson(
  { name, dataType, shape }: Omit<Tensor, 'data'>,
  data: readonly unknown[],
): Uint8Array {
  const flat = Array.isArray(data[0]) ? flattened(name, shape, data) : data;
  const count = elementCount(shape);
  if (flat.length !== count) throw mismatch(`${name} has ${flat.length} elements, its shape asks for ${count}`);
  if (dataType === 'BYTES') return stringsToBytes(name, flat);
  const codec = CODECS[dataType];
  const bytes = new Uint8Array(count * codec.bytes);
  const view = new DataView(bytes.buffer);
  flat.forEach((value, index) => {
    if (codec.write(view, index * codec.bytes, value)) return;
    throw mismatch(`element ${index} of ${name} is ${shown(value)}, which is no ${dataType}`);
  });
  return bytes;
}

/** The elements of a tensor as a flat JSON array. Throws TENSOR_MISMATCH for what JSON cannot carry exactly. */
export function elementsToJson({ name, dataType, shape, data }: Tensor): (number | boolean | string)[] {
  if (dataType === 'BYTES') return bytesToStrings(name, data);
  const codec = CODECS[dataType];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: elementCount(shape) }, (_, index) => {
    const value = codec.read(view, index * codec.bytes);
    if (value !== undefined) return value;
    throw mismatch(`${name} holds a ${dataType} that JSON cannot carry; ask for binary_data`);
  });
}

function integer(
  bytes: number,
  least: number,
  most: number,
  set: 'setUint8' | 'setUint16' | 'setUint32' | 'setInt8' | 'setInt16' | 'setInt32',
  get: 'getUint8' | 'getUint16' | 'getUint32' | 'getInt8' | 'getInt16' | 'getInt32',
): ElementCodec {
  return {
    bytes,
    write: (view, offset, value) => {
      if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) return false;
      view[set](offset, value as number, true);
      return true;
    },
    read: (view, offset) => view[get](offset, true),
  };
}

/** JSON numbers are exact up to 2⁵³ only; larger ones travel as binary. */
function bigInteger(
  least: number,
  set: 'setBigUint64' | 'setBigInt64',
  get: 'getBigUint64' | 'getBigInt64',
): ElementCodec {
  return {
    bytes: 8,
    write: (view, offset, value) => {
      if (!Number.isSafeInteger(value) || (value as number) < least) return false;
      view[set](offset, BigInt(value as number), true);
      return true;
    },
    read: (view, offset) => {
      const value = Number(view[get](offset, true));
      return Number.isSafeInteger(value) ? value : undefined;
    },
  };
}

/** JSON has neither infinities nor NaN. */
function float(bytes: number, set: 'setFloat32' | 'setFloat64', get: 'getFloat32' | 'getFloat64'): ElementCodec {
  return {
    bytes,
    write: (view, offset, value) => {
      if (typeof value !== 'number') return false;
      view[set](offset, value, true);
      return Number.isFinite(view[get](offset, true));
    },
    read: (view, offset) => {
      const value = view[get](offset, true);
      return Number.isFinite(value) ? value : undefined;
    },
  };
}

function shortFloat(format: ShortFloat): ElementCodec {
  return {
    bytes: 2,
    write: (view, offset, value) => {
      const bits = typeof value === 'number' ? shortFloatBits(value, format) : undefined;
      if (bits === undefined) return false;
      view.setUint16(offset, bits, true);
      return true;
    },
    read: (view, offset) => shortFloatValue(view.getUint16(offset, true), format),
  };
}

/** Checks every level of nesting against the shape, so that rows of unequal length are not taken for another shape. */
function flattened(name: string, shape: readonly number[], data: readonly unknown[]): unknown[] {
  let level: readonly unknown[] = [data];
  for (const [axis, size] of shape.entries()) {
    const next: unknown[] = [];
    for (const row of level) {
      if (!Array.isArray(row) || row.length !== size)
        throw mismatch(`${name} is not nested as its shape, at axis ${axis}`);
      for (const item of row) next.push(item);
    }
    level = next;
  }
  return level as unknown[];
}

function stringsToBytes(name: string, values: readonly unknown[]): Uint8Array {
  const parts = values.map((value, index) => {
    if (typeof value !== 'string') throw mismatch(`element ${index} of ${name} is ${shown(value)}, which is no text`);
    const text = toUtf8(value);
    const part = new Uint8Array(4 + text.byteLength);
    new DataView(part.buffer).setUint32(0, text.byteLength, true);
    part.set(text, 4);
    return part;
  });
  return concatBytes(parts);
}

function bytesToStrings(name: string, data: Uint8Array): string[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const texts: string[] = [];
  for (let offset = 0; offset + 4 <= data.byteLength;) {
    const length = view.getUint32(offset, true);
    texts.push(textOf(name, data.subarray(offset + 4, offset + 4 + length)));
    offset += 4 + length;
  }
  return texts;
}

function textOf(name: string, bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw mismatch(`${name} holds bytes that are no UTF-8; ask for binary_data`);
  }
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 40);
}
