import { copyBytes } from './bytes.ts';
import { SedgeError } from './errors.ts';
import { limits } from './limits.ts';
import { checkTensor, type DataType, type Tensor } from './tensor.ts';
import { fromUtf8, toUtf8 } from './text.ts';

/** The safetensors names of our data types; the format has no strings. */
const NAMES = {
  BOOL: 'BOOL',
  UINT8: 'U8',
  UINT16: 'U16',
  UINT32: 'U32',
  UINT64: 'U64',
  INT8: 'I8',
  INT16: 'I16',
  INT32: 'I32',
  INT64: 'I64',
  FP16: 'F16',
  BF16: 'BF16',
  FP32: 'F32',
  FP64: 'F64',
} as const satisfies Record<Exclude<DataType, 'BYTES'>, string>;

/** What the header says of one array. */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [begin: number, end: number];
}

/** Weights at rest: an 8-byte little-endian length, a JSON header padded with spaces, then the arrays, without gaps. */
export function encodeSafetensors(
  tensors: readonly Tensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header['__metadata__'] = metadata;
  let end = 0;
  for (const tensor of tensors) {
    checkTensor(tensor);
    header[tensor.name] = {
      dtype: nameOf(tensor),
      shape: tensor.shape,
      data_offsets: [end, (end += tensor.data.byteLength)],
    };
  }
  const unpadded = JSON.stringify(header);
  const json = toUtf8(unpadded + ' '.repeat((8 - (toUtf8(unpadded).byteLength % 8)) % 8));
  const file = new Uint8Array(8 + json.byteLength + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.byteLength), true);
  file.set(json, 8);
  let offset = 8 + json.byteLength;
  for (const { data } of tensors) {
    file.set(data, offset);
    offset += data.byteLength;
  }
  return file;
}

/** Reads a safetensors file; arrays are copies in the order of their place in the file. Throws MODEL_INVALID. */
export function decodeSafetensors(file: Uint8Array): Tensor[] {
  const { header, body } = split(file);
  const tensors: { tensor: Tensor; begin: number; end: number }[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (!isEntry(value)) throw invalid(`the entry of ${name} is not as the format says`);
    const {
      dtype,
      shape,
      data_offsets: [begin, end],
    } = value;
    if (begin > end || end > body.byteLength) throw invalid(`${name} lies outside of the file`);
    const tensor: Tensor = { name, dataType: typeOf(name, dtype), shape, data: copyBytes(body, begin, end) };
    checkTensor(tensor);
    tensors.push({ tensor, begin, end });
  }
  tensors.sort((left, right) => left.begin - right.begin || left.end - right.end);
  let expected = 0;
  for (const { tensor, begin, end } of tensors) {
    if (begin !== expected) throw invalid(`${tensor.name} leaves a gap or overlaps`);
    expected = end;
  }
  if (expected !== body.byteLength) throw invalid(`${body.byteLength - expected} bytes belong to no array`);
  return tensors.map(({ tensor }) => tensor);
}

function split(file: Uint8Array): { header: Record<string, unknown>; body: Uint8Array } {
  if (file.byteLength < 8) throw invalid(`${file.byteLength} bytes are no safetensors file`);
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true);
  if (length > BigInt(Math.min(file.byteLength - 8, limits.frameHeadBytesMax))) {
    throw invalid(`a header of ${length} bytes in a file of ${file.byteLength}`);
  }
  const end = 8 + Number(length);
  try {
    const header: unknown = JSON.parse(fromUtf8(file.subarray(8, end)));
    if (isRecord(header)) return { header, body: file.subarray(end) };
  } catch (cause) {
    throw invalid('the header is not JSON', cause);
  }
  throw invalid('the header is no JSON object');
}

/** By hand, because hosts of models read weights, and a schema library would cost each of them 8 MB. */
function isEntry(value: unknown): value is Entry {
  if (!isRecord(value)) return false;
  const { dtype, shape, data_offsets: offsets } = value;
  return (
    typeof dtype === 'string' &&
    areCounts(shape) &&
    shape.length <= limits.tensorRankMax &&
    areCounts(offsets) &&
    offsets.length === 2
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function nameOf(tensor: Tensor): string {
  if (tensor.dataType === 'BYTES') throw invalid(`${tensor.name} holds strings, which the format does not know`);
  return NAMES[tensor.dataType];
}

function typeOf(name: string, dtype: string): DataType {
  for (const [type, listed] of Object.entries(NAMES)) if (listed === dtype) return type as DataType;
  throw invalid(`${name} has the unknown type ${dtype}`);
}

function invalid(detail: string, cause?: unknown): SedgeError {
  return new SedgeError('MODEL_INVALID', `safetensors: ${detail}`, { cause });
}
