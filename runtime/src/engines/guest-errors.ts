import { type ErrorCode, SedgeError } from '@sedge/protocol';

interface GuestFailure {
  readonly code: string;
  readonly message: string;
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  'invalid-input': 'TENSOR_MISMATCH',
  'unknown-function': 'FUNCTION_NOT_FOUND',
  'not-loaded': 'MODEL_NOT_LOADED',
};

const MESSAGE_CHARACTERS_MAX = 500;

/** Whether the model answered with an error of the contract, which the bindings throw with a payload; else a trap. */
export function isGuestFailure(error: unknown): error is Error & { readonly payload: GuestFailure } {
  if (!(error instanceof Error) || !('payload' in error)) return false;
  const { payload } = error;
  return typeof payload === 'object' && payload !== null && 'code' in payload && 'message' in payload;
}

/** An error of the contract in terms of our catalogue; what the model says travels, shortened. */
export function fromGuestFailure({ code, message }: GuestFailure): SedgeError {
  return new SedgeError(CODES[code] ?? 'MODEL_FAILED', message.slice(0, MESSAGE_CHARACTERS_MAX), { expose: true });
}

export function fromTrap(cause: unknown): SedgeError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new SedgeError('MODEL_FAILED', `the model trapped: ${detail.slice(0, MESSAGE_CHARACTERS_MAX)}`, { cause });
}
