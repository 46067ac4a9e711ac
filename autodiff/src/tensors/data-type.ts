/** TensorProto.DataType of onnx.proto, as far as ONNX Runtime's CPU build computes with it. */
export const DATA_TYPE = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
  BFLOAT16: 16,
} as const;

export type DataTypeName = keyof typeof DATA_TYPE;
/** Types whose values are numbers of fixed width. */
export type NumericTypeName = Exclude<DataTypeName, 'STRING'>;

const NAMES = new Map<number, DataTypeName>(
  (Object.keys(DATA_TYPE) as DataTypeName[]).map((name) => [DATA_TYPE[name], name]),
);

/** Undefined for a number that is none of DATA_TYPE. */
export function dataTypeName(dataType: number): DataTypeName | undefined {
  return NAMES.get(dataType);
}
