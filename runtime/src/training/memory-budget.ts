import type { Training } from '@sedge/autodiff';
import { elementCount, SedgeError } from '@sedge/protocol/core';

const MB = 1024 * 1024;

/** What a training is going to hold, before it begins. */
export interface MemoryNeed {
  readonly dataBytes: number;
  /** All values of the forward graph at one batch. */
  readonly activationBytes: number;
  /** Parameters and what the optimizer keeps. */
  readonly stateBytes: number;
}

export function stateBytesOf({ stateSpec }: Pick<Training, 'stateSpec'>): number {
  return stateSpec.reduce((sum, { dims }) => sum + 4 * elementCount(dims), 0);
}

/**
 * Data, as they came and as the engine takes them; activations and their gradients; the state before and after a step.
 * Throws TRAINING_TOO_LARGE.
 */
export function checkMemory({ dataBytes, activationBytes, stateBytes }: MemoryNeed, memoryBytesMax: number): void {
  const bytes = 2 * (dataBytes + activationBytes + stateBytes);
  if (bytes <= memoryBytesMax) return;
  const parts = `data ${inMb(dataBytes)}, activations ${inMb(activationBytes)}, state ${inMb(stateBytes)}, each twice`;
  const detail = `it needs about ${inMb(bytes)} (${parts}); the host has ${inMb(memoryBytesMax)}`;
  throw new SedgeError('TRAINING_TOO_LARGE', detail, { expose: true });
}

function inMb(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}
