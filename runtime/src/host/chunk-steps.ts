/** The first chunk only measures how long a step takes. */
export const FIRST_CHUNK_STEPS = 1;

/** A chunk aims below the bound, because steps vary. */
const AIM = 0.7;
/** The first steps run before the code is optimised, so that the number of steps may grow fast, but not at once. */
const GROWTH_MAX = 8;
const STEPS_MAX = 1_000_000;

/** How many steps the next chunk may take, after one with so many steps took so long. */
export function nextChunkSteps(steps: number, elapsedMs: number, chunkMs: number): number {
  const fitting = elapsedMs > 0 ? Math.floor((steps * chunkMs * AIM) / elapsedMs) : STEPS_MAX;
  return Math.max(1, Math.min(fitting, steps * GROWTH_MAX, STEPS_MAX));
}
