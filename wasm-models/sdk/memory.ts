/**
 * Memory of one call. Everything that the host passes in and everything that an answer points at is allocated here,
 * and given back in the post-return function, after the host has copied the answer.
 * What must outlive the call is allocated with `heap.alloc`, or taken out with `keep`.
 */
let allocations: usize = 0;
let allocationCount: i32 = 0;
let allocationCapacity: i32 = 0;

const POINTER_BYTES: i32 = 4;

/** At least 16-byte aligned, so that tensor data can be read as vectors; freed after the call. */
export function allocate(bytes: usize): usize {
  const pointer = heap.alloc(bytes > 0 ? bytes : 1);
  remember(pointer);
  return pointer;
}

export function allocateZeroed(bytes: usize): usize {
  const pointer = allocate(bytes);
  memory.fill(pointer, 0, bytes);
  return pointer;
}

/** Takes a block out of the call's memory: the caller frees it with `heap.free`. */
export function keep(pointer: usize): void {
  for (let index = allocationCount - 1; index >= 0; index--) {
    const slot = allocations + index * POINTER_BYTES;
    if (load<usize>(slot) !== pointer) continue;
    allocationCount -= 1;
    store<usize>(slot, load<usize>(allocations + allocationCount * POINTER_BYTES));
    return;
  }
}

/** The canonical ABI's allocator. The host asks for alignments up to 8; every block here has 16. */
export function cabi_realloc(pointer: usize, oldBytes: usize, align: usize, bytes: usize): usize {
  const fresh = allocate(bytes);
  if (pointer !== 0) memory.copy(fresh, pointer, min(oldBytes, bytes));
  return fresh;
}

/** Exported as the post-return function of every call. */
export function releaseCall(_answer: usize): void {
  for (let index = 0; index < allocationCount; index++) heap.free(load<usize>(allocations + index * POINTER_BYTES));
  allocationCount = 0;
  // Strings of error messages are the only managed objects.
  __collect();
}

function remember(pointer: usize): void {
  if (allocationCount === allocationCapacity) growList();
  store<usize>(allocations + allocationCount * POINTER_BYTES, pointer);
  allocationCount += 1;
}

function growList(): void {
  const capacity = max(64, allocationCapacity * 2);
  const list = heap.alloc(capacity * POINTER_BYTES);
  if (allocations !== 0) {
    memory.copy(list, allocations, allocationCount * POINTER_BYTES);
    heap.free(allocations);
  }
  allocations = list;
  allocationCapacity = capacity;
}
