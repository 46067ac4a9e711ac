import { SedgeError } from '@sedge/protocol/core';

/** What V8, C++ and onnxruntime say last when they get no more memory. */
const OUT_OF_MEMORY = /out of memory|bad_alloc|allocation failed|cannot allocate memory/i;

/** Why a guest ended by itself: `how` is told, `said` is what it wrote last. */
export function guestEnd(how: string, said: string): SedgeError {
  const detail = said === '' ? how : `${how}: ${said}`;
  return new SedgeError(OUT_OF_MEMORY.test(detail) ? 'MODEL_OUT_OF_MEMORY' : 'MODEL_CRASHED', detail);
}
