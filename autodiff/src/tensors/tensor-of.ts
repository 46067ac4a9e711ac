import type { OnnxTensor } from '../codec/messages.ts';
import { OnnxError } from '../onnx-error.ts';
import { DATA_TYPE, type NumericTypeName } from './data-type.ts';

type AnyArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/**
 * A tensor with a copy of the values as raw data. The data type follows from the array; BOOL (a Uint8Array), FLOAT16
 * and BFLOAT16 (bits in a Uint16Array) must be said. Throws TENSOR_MISMATCH when shape and values do not fit.
 */
export function tensorOf(
  name: string,
  dims: readonly number[],
  values: AnyArray,
  type: NumericTypeName = typeOf(values),
): OnnxTensor {
  const count = dims.reduce((product, dimension) => product * dimension, 1);
  if (count !== values.length || dims.some((dimension) => !Number.isSafeInteger(dimension) || dimension < 0)) {
    const shape = `[${dims.join(', ')}]`;
    throw new OnnxError('TENSOR_MISMATCH', `tensor "${name}" of shape ${shape} was given ${values.length} values`);
  }
  const rawData = new Uint8Array(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return { dims: [...dims], dataType: DATA_TYPE[type], stringData: [], name, rawData, externalData: [] };
}

function typeOf(values: AnyArray): NumericTypeName {
  if (values instanceof Float32Array) return 'FLOAT';
  if (values instanceof Float64Array) return 'DOUBLE';
  if (values instanceof Int8Array) return 'INT8';
  if (values instanceof Int16Array) return 'INT16';
  if (values instanceof Int32Array) return 'INT32';
  if (values instanceof BigInt64Array) return 'INT64';
  if (values instanceof Uint8Array) return 'UINT8';
  if (values instanceof Uint16Array) return 'UINT16';
  return values instanceof Uint32Array ? 'UINT32' : 'UINT64';
}
