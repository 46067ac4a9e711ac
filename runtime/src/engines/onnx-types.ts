import { copyBytes, type DataType, SedgeError } from '@sedge/protocol/core';

/** The element types of onnxruntime and the arrays in which it takes and gives them. */
const ARRAYS = {
  float32: { dataType: 'FP32', array: Float32Array },
  float64: { dataType: 'FP64', array: Float64Array },
  float16: { dataType: 'FP16', array: Uint16Array },
  int8: { dataType: 'INT8', array: Int8Array },
  uint8: { dataType: 'UINT8', array: Uint8Array },
  int16: { dataType: 'INT16', array: Int16Array },
  uint16: { dataType: 'UINT16', array: Uint16Array },
  int32: { dataType: 'INT32', array: Int32Array },
  uint32: { dataType: 'UINT32', array: Uint32Array },
  int64: { dataType: 'INT64', array: BigInt64Array },
  uint64: { dataType: 'UINT64', array: BigUint64Array },
  bool: { dataType: 'BOOL', array: Uint8Array },
} as const satisfies Record<string, { readonly dataType: DataType; readonly array: unknown }>;

type NumericOnnxType = keyof typeof ARRAYS;
export type OnnxType = NumericOnnxType | 'string';

/** The Open Inference Protocol's name of an onnxruntime type. Throws ONNX_OPERATOR_UNKNOWN for those without one. */
export function dataTypeOf(type: string): DataType {
  if (type === 'string') return 'BYTES';
  if (Object.hasOwn(ARRAYS, type)) return ARRAYS[type as NumericOnnxType].dataType;
  throw new SedgeError('ONNX_OPERATOR_UNKNOWN', `tensors of type ${type} are not supported`, { expose: true });
}

export function onnxTypeOf(dataType: DataType): OnnxType {
  if (dataType === 'BYTES') return 'string';
  for (const [type, entry] of Object.entries(ARRAYS)) if (entry.dataType === dataType) return type as NumericOnnxType;
  throw new SedgeError('TENSOR_MISMATCH', `ONNX Runtime takes no ${dataType}`, { expose: true });
}

/**
 * The bytes as the array that onnxruntime wants: the same memory where it is aligned, else a copy. The caller must
 * leave the bytes as they are until the run has ended.
 */
export function typedArrayOf(
  type: NumericOnnxType,
  data: Uint8Array,
): InstanceType<(typeof ARRAYS)[NumericOnnxType]['array']> {
  const { array } = ARRAYS[type];
  const { buffer, byteOffset, byteLength } = data.byteOffset % array.BYTES_PER_ELEMENT === 0 ? data : copyBytes(data);
  return new array(buffer as ArrayBuffer, byteOffset, byteLength / array.BYTES_PER_ELEMENT);
}
