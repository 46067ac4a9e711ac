import type { DataInput, EngineTensor, NumericTypeName } from '@sedge/autodiff';
import { type DataType, ELEMENT_BYTES, elementCount, SedgeError, type Tensor } from '@sedge/protocol/core';
import { onnxTypeOf, typedArrayOf } from '../engines/onnx-types.ts';
import { runtimeTypeOf } from './autodiff-engine.ts';

/** Examples as the graphs take them: as many values for each one. */
export interface RowTensor {
  /** Of the graph's input. */
  readonly name: string;
  readonly type: NumericTypeName;
  readonly rowDims: readonly number[];
  readonly rowBytes: number;
  readonly bytes: Uint8Array;
}

/** Data types that an input takes as they are. */
const TAKEN: Readonly<Partial<Record<NumericTypeName, readonly DataType[]>>> = {
  FLOAT: ['FP32'],
  DOUBLE: ['FP64'],
  INT64: ['INT64'],
  INT32: ['INT32'],
  UINT8: ['UINT8'],
  BOOL: ['BOOL'],
};

/**
 * Features for an input; with `asBytes` a float input takes bytes, which the graph scales. Shapes may differ where the
 * number of values is the same, so that a list of pixels fits a picture. Throws TENSOR_MISMATCH.
 */
export function featureRows(name: string, input: DataInput, tensor: Tensor, asBytes: boolean): RowTensor {
  const rowDims = input.dims.slice(1);
  const type = input.type === 'FLOAT' && asBytes ? 'UINT8' : input.type;
  checkRowLength(tensor, rowDims);
  if (TAKEN[type]?.includes(tensor.dataType) === true) return rowTensor(name, type, rowDims, tensor.data);
  if (type === 'INT64' && tensor.dataType === 'INT32')
    return rowTensor(name, type, rowDims, longBytes(integersOf(tensor)));
  throw mismatch(`${tensor.name} is ${tensor.dataType}, which does not fit the input ${input.name} of type ${type}`);
}

/** Class numbers, each below `classes`. Throws TENSOR_MISMATCH. */
export function classRows(name: string, labels: Tensor, classes: number): RowTensor {
  checkRowLength(labels, []);
  const numbers = integersOf(labels);
  const wrong = numbers.findIndex((label) => !(label >= 0 && label < classes));
  if (wrong >= 0) throw mismatch(`the label of example ${wrong} is ${numbers[wrong]}; there are ${classes} classes`);
  return rowTensor(name, 'INT64', [], longBytes(numbers));
}

/** Targets of a loss over values; whole numbers count as floats. Throws TENSOR_MISMATCH. */
export function valueRows(name: string, labels: Tensor, rowDims: readonly number[]): RowTensor {
  checkRowLength(labels, rowDims);
  const { dataType, data } = labels;
  if (dataType === 'FP32') return rowTensor(name, 'FLOAT', rowDims, data);
  return rowTensor(name, 'FLOAT', rowDims, new Uint8Array(Float32Array.from(integersOf(labels)).buffer));
}

/** All rows, or the given ones in their order. */
export function engineTensor(tensor: RowTensor, rows?: Int32Array): EngineTensor {
  const { type, rowDims, rowBytes } = tensor;
  const bytes = rows === undefined ? tensor.bytes : pick(tensor, rows);
  const count = rows?.length ?? bytes.byteLength / Math.max(rowBytes, 1);
  return { type, dims: [count, ...rowDims], data: typedArrayOf(runtimeTypeOf(type), bytes) };
}

function pick({ bytes, rowBytes }: RowTensor, rows: Int32Array): Uint8Array {
  const picked = new Uint8Array(rows.length * rowBytes);
  rows.forEach((row, place) => {
    picked.set(bytes.subarray(row * rowBytes, (row + 1) * rowBytes), place * rowBytes);
  });
  return picked;
}

function rowTensor(name: string, type: NumericTypeName, rowDims: readonly number[], bytes: Uint8Array): RowTensor {
  const dataType = TAKEN[type]?.[0] as Exclude<DataType, 'BYTES'>;
  return { name, type, rowDims, rowBytes: elementCount(rowDims) * ELEMENT_BYTES[dataType], bytes };
}

function checkRowLength({ name, shape }: Tensor, rowDims: readonly number[]): void {
  const [found, needed] = [elementCount(shape.slice(1)), elementCount(rowDims)];
  if (found === needed) return;
  throw mismatch(`${name} has ${found} values for each example, the model takes ${needed} [${rowDims.join(', ')}]`);
}

const INTEGERS: ReadonlySet<DataType> = new Set(['INT64', 'INT32', 'INT16', 'INT8', 'UINT8', 'UINT16', 'UINT32']);

function integersOf({ name, dataType, data }: Tensor): number[] {
  const type = onnxTypeOf(dataType);
  if (type === 'string' || !INTEGERS.has(dataType)) throw mismatch(`${name} is ${dataType}; whole numbers are needed`);
  return Array.from(typedArrayOf(type, data) as ArrayLike<number | bigint>, Number);
}

function longBytes(numbers: readonly number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
}

function mismatch(detail: string): SedgeError {
  return new SedgeError('TENSOR_MISMATCH', detail, { expose: true });
}
