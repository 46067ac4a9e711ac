import type { OnnxTensor } from '../codec/messages.ts';
import { OnnxError } from '../onnx-error.ts';
import { dataTypeName, type NumericTypeName } from './data-type.ts';
import { fromBfloat16, fromFloat16 } from './half-float.ts';

export type TensorArray =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>;

interface Storage {
  readonly bytesPerElement: number;
  /** Little-endian bytes, which is what the host has too. */
  readonly fromBytes: (buffer: ArrayBuffer) => TensorArray;
  /** From the typed list in which files without `rawData` keep this type (comments at TensorProto in onnx.proto). */
  readonly fromList: (tensor: OnnxTensor) => TensorArray | undefined;
}

const STORAGE: Readonly<Record<NumericTypeName, Storage>> = {
  FLOAT: {
    bytesPerElement: 4,
    fromBytes: (buffer) => new Float32Array(buffer),
    fromList: ({ floatData }) => floatData && new Float32Array(floatData),
  },
  DOUBLE: {
    bytesPerElement: 8,
    fromBytes: (buffer) => new Float64Array(buffer),
    fromList: ({ doubleData }) => doubleData && new Float64Array(doubleData),
  },
  INT8: {
    bytesPerElement: 1,
    fromBytes: (buffer) => new Int8Array(buffer),
    fromList: ({ int32Data }) => int32Data && new Int8Array(int32Data),
  },
  INT16: {
    bytesPerElement: 2,
    fromBytes: (buffer) => new Int16Array(buffer),
    fromList: ({ int32Data }) => int32Data && new Int16Array(int32Data),
  },
  INT32: {
    bytesPerElement: 4,
    fromBytes: (buffer) => new Int32Array(buffer),
    fromList: ({ int32Data }) => int32Data && new Int32Array(int32Data),
  },
  INT64: {
    bytesPerElement: 8,
    fromBytes: (buffer) => new BigInt64Array(buffer),
    fromList: ({ int64Data }) => int64Data && new BigInt64Array(int64Data),
  },
  UINT8: byteStorage(),
  BOOL: byteStorage(),
  UINT16: wordStorage(),
  FLOAT16: wordStorage(),
  BFLOAT16: wordStorage(),
  UINT32: {
    bytesPerElement: 4,
    fromBytes: (buffer) => new Uint32Array(buffer),
    fromList: ({ uint64Data }) => uint64Data && Uint32Array.from(uint64Data, Number),
  },
  UINT64: {
    bytesPerElement: 8,
    fromBytes: (buffer) => new BigUint64Array(buffer),
    fromList: ({ uint64Data }) => uint64Data && new BigUint64Array(uint64Data),
  },
};

function byteStorage(): Storage {
  return {
    bytesPerElement: 1,
    fromBytes: (buffer) => new Uint8Array(buffer),
    fromList: ({ int32Data }) => int32Data && new Uint8Array(int32Data),
  };
}

function wordStorage(): Storage {
  return {
    bytesPerElement: 2,
    fromBytes: (buffer) => new Uint16Array(buffer),
    fromList: ({ int32Data }) => int32Data && new Uint16Array(int32Data),
  };
}

/**
 * The values of a tensor, copied, wherever the file keeps them. FLOAT16 and BFLOAT16 come as their bits in a
 * Uint16Array, BOOL as bytes. Throws TENSOR_MISMATCH when the values do not fit the shape, UNSUPPORTED for strings
 * and for types that are not in DATA_TYPE.
 */
export function tensorValues(tensor: OnnxTensor): TensorArray {
  const { bytesPerElement, fromBytes, fromList } = STORAGE[numericType(tensor)];
  const count = elementCountOf(tensor);
  const { rawData } = tensor;
  if (rawData === undefined) return ofLength(tensor, count, fromList(tensor) ?? fromBytes(new ArrayBuffer(0)));
  if (rawData.length !== count * bytesPerElement) {
    throw mismatch(tensor, `${count * bytesPerElement} bytes`, `${rawData.length}`);
  }
  return fromBytes(new Uint8Array(rawData).buffer);
}

/** The values of a FLOAT, DOUBLE, FLOAT16 or BFLOAT16 tensor as float32. Throws UNSUPPORTED for other types. */
export function float32Values(tensor: OnnxTensor): Float32Array<ArrayBuffer> {
  const type = numericType(tensor);
  if (type === 'FLOAT' || type === 'DOUBLE') return Float32Array.from(tensorValues(tensor) as Float32Array);
  if (type === 'FLOAT16') return Float32Array.from(tensorValues(tensor) as Uint16Array, fromFloat16);
  if (type === 'BFLOAT16') return Float32Array.from(tensorValues(tensor) as Uint16Array, fromBfloat16);
  throw new OnnxError('UNSUPPORTED', `tensor "${tensor.name ?? ''}" is ${type}, floating point was expected`);
}

function numericType(tensor: OnnxTensor): NumericTypeName {
  const type = dataTypeName(tensor.dataType);
  if (type !== undefined && type !== 'STRING') return type;
  const name = tensor.name ?? '';
  throw new OnnxError('UNSUPPORTED', `tensor "${name}" has data type ${tensor.dataType}, which has no numbers here`);
}

function elementCountOf(tensor: OnnxTensor): number {
  const count = tensor.dims.reduce((product, dimension) => product * dimension, 1);
  if (!Number.isSafeInteger(count) || tensor.dims.some((dimension) => dimension < 0)) {
    throw new OnnxError('TENSOR_MISMATCH', `tensor "${tensor.name ?? ''}" has the shape [${tensor.dims.join(', ')}]`);
  }
  return count;
}

function ofLength(tensor: OnnxTensor, count: number, values: TensorArray): TensorArray {
  if (values.length !== count) throw mismatch(tensor, `${count} values`, `${values.length}`);
  return values;
}

function mismatch(tensor: OnnxTensor, needed: string, found: string): OnnxError {
  const shape = `[${tensor.dims.join(', ')}]`;
  return new OnnxError(
    'TENSOR_MISMATCH',
    `tensor "${tensor.name ?? ''}" of shape ${shape} needs ${needed}, has ${found}`,
  );
}
