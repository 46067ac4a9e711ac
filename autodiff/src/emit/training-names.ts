import { RESERVED_PREFIX } from '../graph/reserved-prefix.ts';

/** Names of the inputs and outputs of training graphs. */
export const TRAINING_NAMES = {
  labels: `${RESERVED_PREFIX}labels`,
  /** A weight for each example in the loss: 0 leaves out the padding of a last batch. */
  exampleWeights: `${RESERVED_PREFIX}exampleWeights`,
  learningRate: `${RESERVED_PREFIX}learningRate`,
  proximal: `${RESERVED_PREFIX}proximal`,
  /** Of the epoch graph: row numbers, [steps, batch]. */
  permutation: `${RESERVED_PREFIX}permutation`,
  /** Of the step graph, a number; of the epoch graph, one for each step. */
  loss: `${RESERVED_PREFIX}loss`,
  /** Of the evaluation graph: sums over the examples, each times its weight. */
  lossSum: `${RESERVED_PREFIX}lossSum`,
  weightSum: `${RESERVED_PREFIX}weightSum`,
  rightSum: `${RESERVED_PREFIX}rightSum`,
} as const;

/** The input that takes the data for an input of the model. */
export function dataName(input: string): string {
  return `${RESERVED_PREFIX}data:${input}`;
}

/** The input for a parameter, or for what the optimizer keeps, before the step. */
export function beforeName(name: string): string {
  return `${RESERVED_PREFIX}before:${name}`;
}

/** The output for the same after it. */
export function afterName(name: string): string {
  return `${RESERVED_PREFIX}after:${name}`;
}

/** What the optimizer keeps for a parameter. */
export function stateName(kind: string, parameter: string): string {
  return `${RESERVED_PREFIX}${kind}:${parameter}`;
}

export function anchorName(parameter: string): string {
  return `${RESERVED_PREFIX}anchor:${parameter}`;
}

export function correctionName(parameter: string): string {
  return `${RESERVED_PREFIX}correction:${parameter}`;
}

export const STEPS_DONE = `${RESERVED_PREFIX}stepsDone`;
