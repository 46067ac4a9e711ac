import { SedgeError } from '../errors.ts';
import type { InferError } from '../routes/open-inference.ts';

/** An error as the protocol has it; the code stands first, for programs. */
export function inferErrorOf({ code, say }: SedgeError): InferError {
  return { error: `${code}: ${say}` };
}

export function mismatch(detail: string, cause?: unknown): SedgeError {
  return new SedgeError('TENSOR_MISMATCH', detail, { cause, expose: true });
}

export function invalid(detail: string): SedgeError {
  return new SedgeError('INVALID_FIELD', detail, { expose: true });
}
