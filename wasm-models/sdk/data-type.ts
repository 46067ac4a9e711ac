/** Numbers of the enum data-type in wit/model.wit. */
export namespace DataType {
  export const BOOLEAN: u8 = 0;
  export const UINT8: u8 = 1;
  export const UINT16: u8 = 2;
  export const UINT32: u8 = 3;
  export const UINT64: u8 = 4;
  export const INT8: u8 = 5;
  export const INT16: u8 = 6;
  export const INT32: u8 = 7;
  export const INT64: u8 = 8;
  export const FLOAT16: u8 = 9;
  export const BFLOAT16: u8 = 10;
  export const FLOAT32: u8 = 11;
  export const FLOAT64: u8 = 12;
  export const BYTES: u8 = 13;
}

/** The data type whose elements are the numbers of this language; known when the model is compiled. */
export function dataTypeOf<T>(): u8 {
  if (isBoolean<T>()) return DataType.BOOLEAN;
  if (isFloat<T>()) return sizeof<T>() === 4 ? DataType.FLOAT32 : DataType.FLOAT64;
  // The integers stand in the enum by size: 1, 2, 4 and 8 bytes.
  const bySize = <u8>ctz<i32>(<i32>sizeof<T>());
  return bySize + (isSigned<T>() ? DataType.INT8 : DataType.UINT8);
}
