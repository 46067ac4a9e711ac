import { SedgeError, toUtf8, type DataType, type Tensor } from '@sedge/protocol';

const DESCRIPTIONS: Partial<Record<DataType, string>> = { FP32: '<f4', UINT8: '|u1', INT32: '<i4', INT64: '<i8' };

/** Magic and version 1.0, then two bytes with the length of the header (NEP 1). */
const MAGIC = Uint8Array.of(0x93, ...toUtf8('NUMPY'), 1, 0);
const LENGTH_BYTES = 2;
/** The values begin at a multiple of it. */
const ALIGNMENT = 64;

/** One array in NumPy's format 1.0. Throws TENSOR_MISMATCH for a type that no examples have. */
export function encodeNpy({ name, dataType, shape, data }: Tensor): Uint8Array<ArrayBuffer> {
  const description = DESCRIPTIONS[dataType];
  if (description === undefined) throw new SedgeError('TENSOR_MISMATCH', `${name} is ${dataType}`, { expose: true });
  const header = paddedHeader(`{'descr': '${description}', 'fortran_order': False, 'shape': ${tupleOf(shape)}, }`);
  const start = MAGIC.byteLength + LENGTH_BYTES;
  const file = new Uint8Array(start + header.byteLength + data.byteLength);
  file.set(MAGIC);
  new DataView(file.buffer).setUint16(MAGIC.byteLength, header.byteLength, true);
  file.set(header, start);
  file.set(data, start + header.byteLength);
  return file;
}

/** A tuple of one element has a comma in Python. */
function tupleOf(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}

/** Spaces and a line end up to the alignment. */
function paddedHeader(words: string): Uint8Array {
  const before = MAGIC.byteLength + LENGTH_BYTES;
  const total = Math.ceil((before + words.length + 1) / ALIGNMENT) * ALIGNMENT;
  return toUtf8(`${words.padEnd(total - before - 1)}\n`);
}
