import { type ErrorCode, SedgeError } from '@sedge/protocol/core';

const MESSAGE_CHARACTERS_MAX = 500;

/**
 * What an allocation that failed looks like: C++ exceptions, messages of ONNX Runtime's arenas, those of V8, and sizes
 * that no pointer of the engine can count.
 */
const OUT_OF_MEMORY =
  /bad_alloc|bad allocation|failed to allocate memory|out of memory|\bOOM\b|Array buffer allocation|Invalid array length|memory\.grow|available memory|SafeIntOnOverflow|Tensor shape is too large|exceeds the supported maximum of \d+ bytes/i;

const REFUSALS: readonly (readonly [RegExp, ErrorCode])[] = [
  [OUT_OF_MEMORY, 'MODEL_OUT_OF_MEMORY'],
  [
    /not a registered function|No Op registered|Could not find an implementation|NOT_IMPLEMENTED/i,
    'ONNX_OPERATOR_UNKNOWN',
  ],
  [
    /opset \d+ is under development|Unsupported model IR version|opset_import|Unsupported data type|Unrecognized attribute/i,
    'ONNX_OPERATOR_UNKNOWN',
  ],
  [/protobuf|ModelProto|No graph|invalid model|INVALID_GRAPH|is required but missing/i, 'ONNX_MALFORMED'],
  [
    /Failed to load shared library|Failed to get a WebGPU adapter|execution provider|no available backend/i,
    'ENGINE_UNAVAILABLE',
  ],
];

/** Why ONNX Runtime did not open a file. */
export function refusalOfModel(cause: unknown): SedgeError {
  const detail = wordsOf(cause);
  const [, code] = REFUSALS.find(([pattern]) => pattern.test(detail)) ?? [undefined, 'MODEL_LOAD_FAILED' as const];
  return new SedgeError(code, detail, { cause, expose: true });
}

/** Why a run of ONNX Runtime did not end well. */
export function failureOfRun(cause: unknown): SedgeError {
  const detail = wordsOf(cause);
  return new SedgeError(OUT_OF_MEMORY.test(detail) ? 'MODEL_OUT_OF_MEMORY' : 'MODEL_FAILED', detail, { cause });
}

function wordsOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, MESSAGE_CHARACTERS_MAX);
}
