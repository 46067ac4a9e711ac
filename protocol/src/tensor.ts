import { copyBytes } from './bytes.ts';
import { SedgeError } from './errors.ts';
import { limits } from './limits.ts';

/** The data types of the Open Inference Protocol, with Triton's BF16. */
export const DATA_TYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'BF16',
  'FP32',
  'FP64',
  'BYTES',
] as const;

export type DataType = (typeof DATA_TYPES)[number];

/** Bytes of one element; BYTES has none, each of its elements carries a 4-byte length. */
export const ELEMENT_BYTES: Readonly<Record<Exclude<DataType, 'BYTES'>, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
};

/**
 * A named array as it travels and as engines take it: row-major, little-endian bytes.
 * BYTES elements are each a little-endian u32 length and that many bytes (Open Inference Protocol, binary extension).
 */
export interface Tensor {
  readonly name: string;
  readonly dataType: DataType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** What a model says of one input or output; −1 stands for a dimension that the caller chooses. */
export interface TensorSpec {
  name: string;
  dataType: DataType;
  shape: number[];
}

/** Number of elements of a shape; a scalar (no dimensions) has one. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Checks that the data of a tensor is exactly as long as its shape and type say. Throws TENSOR_MISMATCH. */
export function checkTensor(tensor: Tensor): void {
  const { name, dataType: type, shape, data } = tensor;
  if (shape.length > limits.tensorRankMax || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new SedgeError('TENSOR_MISMATCH', `tensor ${name} has the impossible shape [${shape.join(', ')}]`);
  }
  const count = elementCount(shape);
  if (type === 'BYTES') return checkBytesElements(name, count, data);
  const expected = count * ELEMENT_BYTES[type];
  if (data.byteLength !== expected) {
    throw new SedgeError(
      'TENSOR_MISMATCH',
      `tensor ${name} of type ${type} and shape [${shape.join(', ')}] needs ${expected} bytes, it has ${data.byteLength}`,
    );
  }
}

function checkBytesElements(name: string, count: number, data: Uint8Array): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let offset = 0;
  let found = 0;
  while (offset + 4 <= data.byteLength) {
    offset += 4 + view.getUint32(offset, true);
    found += 1;
  }
  if (offset !== data.byteLength || found !== count) {
    throw new SedgeError(
      'TENSOR_MISMATCH',
      `tensor ${name} of type BYTES must hold ${count} elements of length and bytes`,
    );
  }
}

/** Checks a tensor against what a model says of its input or output. Throws TENSOR_MISMATCH. */
export function checkAgainstSpec(tensor: Tensor, spec: TensorSpec): void {
  const fits =
    tensor.dataType === spec.dataType &&
    tensor.shape.length === spec.shape.length &&
    spec.shape.every((size, axis) => size === -1 || size === tensor.shape[axis]);
  if (!fits) {
    throw new SedgeError(
      'TENSOR_MISMATCH',
      `tensor ${tensor.name} is ${tensor.dataType} [${tensor.shape.join(', ')}], the model takes ${spec.dataType} [${spec.shape.join(', ')}]`,
      { expose: true },
    );
  }
  checkTensor(tensor);
}

/** A float32 tensor over the given values, copied; the host must be little-endian, as every board of ours is. */
export function float32Tensor(name: string, shape: readonly number[], values: ArrayLike<number>): Tensor {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  const tensor = { name, dataType: 'FP32', shape, data } as const;
  checkTensor(tensor);
  return tensor;
}

/** The values of an FP32 tensor as a fresh, aligned array. Throws TENSOR_MISMATCH for another type. */
export function float32Values(tensor: Tensor): Float32Array<ArrayBuffer> {
  if (tensor.dataType !== 'FP32') {
    throw new SedgeError('TENSOR_MISMATCH', `tensor ${tensor.name} is ${tensor.dataType}, FP32 was expected`);
  }
  checkTensor(tensor);
  return new Float32Array(copyBytes(tensor.data).buffer);
}
