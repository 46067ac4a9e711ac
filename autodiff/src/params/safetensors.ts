import { decodeUtf8, encodeUtf8 } from '../codec/utf8.ts';
import { OnnxError } from '../onnx-error.ts';
import type { NamedValues } from './flat-vector.ts';
import type { ParameterSpec } from './parameter-spec.ts';

const LENGTH_BYTES = 8;
const FLOAT_BYTES = 4;
/** Other than this the header holds only arrays. */
const METADATA = '__metadata__';

/** Parameters as a safetensors file: an 8-byte length, a JSON header padded to 8 bytes, then float32 values without gaps. */
export function toSafetensors(parameters: readonly ParameterSpec[], values: NamedValues): Uint8Array<ArrayBuffer> {
  const entries = parameters.map(({ name, dims, offset, count }) => {
    const [begin, end] = [FLOAT_BYTES * offset, FLOAT_BYTES * (offset + count)];
    return [name, { dtype: 'F32', shape: dims, data_offsets: [begin, end] }] as const;
  });
  const text = encodeUtf8(JSON.stringify(Object.fromEntries(entries)));
  const headerBytes = Math.ceil(text.length / LENGTH_BYTES) * LENGTH_BYTES;
  const bodyBytes = parameters.reduce((sum, { count }) => sum + FLOAT_BYTES * count, 0);
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + bodyBytes).fill(0x20, LENGTH_BYTES);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(text, LENGTH_BYTES);
  const body = new Float32Array(file.buffer, LENGTH_BYTES + headerBytes);
  for (const { name, offset, count } of parameters) body.set(valuesOf(values, name, count), offset);
  return file;
}

/**
 * The float32 arrays of a safetensors file by name, as copies. Throws MALFORMED and TRUNCATED for a file that is none,
 * UNSUPPORTED for an array of another type.
 */
export function fromSafetensors(file: Uint8Array): Map<string, Float32Array<ArrayBuffer>> {
  const { header, body } = split(file);
  return new Map(
    Object.entries(header)
      .filter(([name]) => name !== METADATA)
      .map(([name, entry]) => [name, arrayOf(name, entry, body)]),
  );
}

function valuesOf(values: NamedValues, name: string, count: number): Float32Array {
  const found = values.get(name);
  if (found?.length === count) return found;
  throw new OnnxError('TENSOR_MISMATCH', `parameter "${name}" needs ${count} values, has ${found?.length ?? 'none'}`);
}

function split(file: Uint8Array): { header: object; body: Uint8Array } {
  if (file.length < LENGTH_BYTES) throw new OnnxError('TRUNCATED', `${file.length} bytes are no safetensors file`);
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true);
  if (length > BigInt(file.length - LENGTH_BYTES)) {
    throw new OnnxError('TRUNCATED', `the header has ${length} bytes, the file ${file.length}`);
  }
  const end = LENGTH_BYTES + Number(length);
  const header = parseHeader(file.subarray(LENGTH_BYTES, end));
  return { header, body: file.subarray(end) };
}

function parseHeader(bytes: Uint8Array): object {
  try {
    const header: unknown = JSON.parse(decodeUtf8(bytes) ?? '');
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header;
  } catch (cause) {
    throw new OnnxError('MALFORMED', 'the header of the safetensors file is not JSON', { cause });
  }
  throw new OnnxError('MALFORMED', 'the header of the safetensors file is no JSON object');
}

function arrayOf(name: string, entry: unknown, body: Uint8Array): Float32Array<ArrayBuffer> {
  const { dtype, shape, data_offsets: offsets } = Object(entry) as Record<string, unknown>;
  if (dtype !== 'F32') throw new OnnxError('UNSUPPORTED', `"${name}" is ${String(dtype)}, parameters are F32`);
  const [begin = -1, end = -1] = countsIn(offsets);
  const count = countsIn(shape).reduce((product, size) => product * size, 1);
  if (begin < 0 || end > body.length || end - begin !== FLOAT_BYTES * count) {
    throw new OnnxError('MALFORMED', `"${name}" does not lie where the header says`);
  }
  // A copy, because values of a file need not be aligned.
  return new Float32Array(body.slice(begin, end).buffer);
}

/** Sizes or offsets; one that is none makes the entry impossible. */
function countsIn(value: unknown): number[] {
  return Array.isArray(value)
    ? value.map((count) => (Number.isSafeInteger(count) && count >= 0 ? count : Number.NaN))
    : [];
}
