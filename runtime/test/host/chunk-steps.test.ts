import { describe, expect, it } from 'vitest';
import { nextChunkSteps } from '../../src/host/chunk-steps.ts';

describe('nextChunkSteps', () => {
  it('aims at seven tenths of the bound', () => {
    // 10 ms a step: 175 ms of 250 hold 17 steps.
    expect(nextChunkSteps(10, 100, 250)).toBe(17);
    expect(nextChunkSteps(100, 1_000, 250)).toBe(17);
  });

  it('takes at least one step, however long it is', () => {
    expect(nextChunkSteps(1, 60_000, 250)).toBe(1);
  });

  it('grows at most eightfold, as the first steps say little', () => {
    expect(nextChunkSteps(1, 0.01, 250)).toBe(8);
    expect(nextChunkSteps(1, 0, 250)).toBe(8);
  });
});
