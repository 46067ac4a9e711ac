import { type ErrorCode, SedgeError } from '@sedge/protocol/core';

/** What is wrong with somebody's file may be told to them. */
export function refused(code: Extract<ErrorCode, `ONNX_${string}`>, detail: string): SedgeError {
  return new SedgeError(code, detail, { expose: true });
}
