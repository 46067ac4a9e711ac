import { allocateZeroed } from './memory';
import { writeText } from './text';

/** Numbers of the enum error-code in wit/model.wit. */
export namespace ErrorCode {
  export const INVALID_INPUT: u8 = 0;
  export const UNKNOWN_FUNCTION: u8 = 1;
  export const NOT_LOADED: u8 = 2;
  export const UNSUPPORTED: u8 = 3;
  export const INTERNAL: u8 = 4;
}

/** The largest result of the contract is progress: a discriminant, padding to 8, and 24 bytes. */
const RESULT_BYTES: usize = 32;

/** A result that is ok, with room for its payload. */
export function ok(): usize {
  return allocateZeroed(RESULT_BYTES);
}

/** A result that is an error. `payload` is the alignment of the result: 4, and 8 where the ok case holds an f64. */
export function failure(code: u8, message: string, payload: usize = 4): usize {
  const result = allocateZeroed(RESULT_BYTES);
  store<u8>(result, 1);
  store<u8>(result + payload, code);
  writeText(result + payload + 4, message);
  return result;
}

export function invalidInput(message: string): usize {
  return failure(ErrorCode.INVALID_INPUT, message);
}
