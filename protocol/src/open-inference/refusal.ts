import { SedgeError } from '../errors.ts';

export function mismatch(detail: string, cause?: unknown): SedgeError {
  return new SedgeError('TENSOR_MISMATCH', detail, { cause, expose: true });
}

export function invalid(detail: string): SedgeError {
  return new SedgeError('INVALID_FIELD', detail, { expose: true });
}
