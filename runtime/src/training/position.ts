import { checkAgainstSpec, copyBytes, SedgeError, type Tensor } from '@sedge/protocol/core';

/** How far a training is. */
export interface Position {
  readonly stepsDone: number;
  readonly examplesSeen: number;
  readonly lossSum: number;
  /** The same sums since the begin of the epoch of the last step. */
  readonly epochExamples: number;
  readonly epochLossSum: number;
}

export const START: Position = { stepsDone: 0, examplesSeen: 0, lossSum: 0, epochExamples: 0, epochLossSum: 0 };

/** One step done, with so many examples and this mean loss. */
export function advanced(position: Position, stepsPerEpoch: number, examples: number, loss: number): Position {
  const isFirst = position.stepsDone % stepsPerEpoch === 0;
  const lossSum = loss * examples;
  return {
    stepsDone: position.stepsDone + 1,
    examplesSeen: position.examplesSeen + examples,
    lossSum: position.lossSum + lossSum,
    epochExamples: (isFirst ? 0 : position.epochExamples) + examples,
    epochLossSum: (isFirst ? 0 : position.epochLossSum) + lossSum,
  };
}

const NAME = '__position__';
const FIELDS = ['stepsDone', 'examplesSeen', 'lossSum', 'epochExamples', 'epochLossSum'] as const;

export function positionTensor(position: Position): Tensor {
  const values = Float64Array.from(FIELDS, (field) => position[field]);
  return { name: NAME, dataType: 'FP64', shape: [FIELDS.length], data: new Uint8Array(values.buffer) };
}

/** Throws TENSOR_MISMATCH for tensors without a position. */
export function positionOf(tensors: readonly Tensor[]): Position {
  const tensor = tensors.find(({ name }) => name === NAME);
  if (tensor === undefined) throw new SedgeError('TENSOR_MISMATCH', 'this is no checkpoint', { expose: true });
  checkAgainstSpec(tensor, { name: NAME, dataType: 'FP64', shape: [FIELDS.length] });
  const values = new Float64Array(copyBytes(tensor.data).buffer);
  const fields = Object.fromEntries(FIELDS.map((field, index) => [field, values[index] ?? Number.NaN]));
  const position = fields as unknown as Position;
  if (Number.isSafeInteger(position.stepsDone) && position.stepsDone >= 0) return position;
  throw new SedgeError('TENSOR_MISMATCH', `the checkpoint has done ${position.stepsDone} steps`, { expose: true });
}
