import { type ErrorCode, SedgeError } from '@sedge/protocol/core';

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
  return new SedgeError(CODES[code] ?? 'MODEL_FAILED', shortened(message), { expose: true });
}

/** What a model threw that is no answer of its own. Its words stay in the log: they may speak of the engine. */
export function fromTrap(cause: unknown): SedgeError {
  if (isOutOfMemory(cause)) return outOfMemory(cause);
  return new SedgeError('MODEL_FAILED', trapDetail(cause), { cause });
}

/** A model that could not be instantiated, or not say what it offers. */
export function startFailed(cause: unknown): SedgeError {
  if (isOutOfMemory(cause)) return outOfMemory(cause);
  return new SedgeError('COMPONENT_START_FAILED', trapDetail(cause), { cause, expose: true });
}

export function weightsRefused(cause: unknown): SedgeError {
  if (isOutOfMemory(cause)) return outOfMemory(cause);
  const detail = isGuestFailure(cause) ? shortened(cause.payload.message) : trapDetail(cause);
  return new SedgeError('WEIGHTS_REFUSED', detail, { cause, expose: true });
}

/** What V8 says when it has no memory for an instance or a buffer. A model whose growth is refused only hears −1. */
function isOutOfMemory(cause: unknown): boolean {
  return cause instanceof RangeError && /out of memory|allocation failed|could not allocate/i.test(cause.message);
}

function outOfMemory(cause: unknown): SedgeError {
  return new SedgeError('MODEL_OUT_OF_MEMORY', trapDetail(cause), { cause, expose: true });
}

function trapDetail(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof RangeError && /call stack/i.test(message)) return 'its calls are nested deeper than the stack';
  return `the model trapped: ${shortened(message)}`;
}

function shortened(message: string): string {
  return message.slice(0, MESSAGE_CHARACTERS_MAX);
}
