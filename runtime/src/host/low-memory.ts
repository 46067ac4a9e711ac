/**
 * What makes a host of portable engines small and slow to begin: WebAssembly is compiled once, by the optimizing
 * compiler, so that there is no second copy of its code, and what compiling took goes back to the system at once (the
 * compiler allocates in pieces of 32 KB; mallopt(3)). Steps of a training take the same time.
 */
export const LOW_MEMORY = {
  flags: ['--no-liftoff'],
  environment: { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '16384' },
} as const;
