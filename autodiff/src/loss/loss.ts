import type { Emitter } from '../rules/emitter.ts';

/** Losses by name; Huber's bend is at a distance of 1. */
export type LossName = 'softmax-cross-entropy' | 'sigmoid-cross-entropy' | 'mean-squared' | 'mean-absolute' | 'huber';

/** What a loss wrote into a graph, for outputs and targets as [batch, values] rows. */
export interface WrittenLoss {
  /** One number for each example. */
  readonly losses: string;
  /** Writes the gradient of each example's loss with respect to its outputs. */
  readonly slope: () => string;
  /** Writes which examples are right, from 0 to 1; only classifications know. */
  readonly right?: () => string;
}

export interface Loss {
  /** Final operators of a model that this loss computes itself. */
  readonly cuts: readonly string[];
  /** Class numbers, one for each example, or as many floats as the model gives. */
  readonly targets: 'classes' | 'values';
  write(emit: Emitter, outputs: string, targets: string, width: number): WrittenLoss;
}
