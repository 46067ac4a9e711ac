import type { OnnxGraph, OnnxTensor } from '../codec/messages.ts';
import { OnnxError } from '../onnx-error.ts';
import { DATA_TYPE } from '../tensors/data-type.ts';
import { tensorValues } from '../tensors/tensor-values.ts';
import { matchesGlob } from './glob.ts';

/** All weights, or those whose names match one of the patterns (`*` and `?`). */
export type TrainableChoice = 'all' | readonly string[];

/** Inputs of operators that are settings or statistics, never weights. */
const SETTINGS: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [3, 4],
  Clip: [1, 2],
  Dropout: [1],
  LSTM: [5, 6],
  GRU: [5],
  NegativeLogLikelihoodLoss: [2],
  RNN: [5],
  Pad: [2],
  Resize: [1, 2],
  SoftmaxCrossEntropyLoss: [2],
};

const LISTED_MAX = 8;

/**
 * The weights to train, in the order of the file. A scalar counts as a constant of the model unless it is named. Throws
 * NOT_TRAINABLE when there is none, NOT_FINITE for weights that are no numbers. `fromConstants` names the outputs that
 * Constant nodes had.
 */
export function chooseParameters(
  graph: OnnxGraph,
  trainable: TrainableChoice,
  fromConstants: ReadonlySet<string>,
): readonly OnnxTensor[] {
  const settings = namesOfSettings(graph);
  const weights = graph.initializers.filter(
    ({ name = '', dataType }) => dataType === DATA_TYPE.FLOAT && !settings.has(name),
  );
  const chosen = trainable === 'all' ? allWeights(weights, fromConstants) : named(weights, trainable);
  if (chosen.length === 0) throw nothingChosen(weights, trainable);
  for (const tensor of chosen) checkFinite(tensor);
  return chosen;
}

function namesOfSettings(graph: OnnxGraph): ReadonlySet<string> {
  const places = (opType: string) => (Object.hasOwn(SETTINGS, opType) ? SETTINGS[opType] : undefined) ?? [];
  return new Set(graph.nodes.flatMap(({ opType, inputs }) => places(opType).map((index) => inputs[index] ?? '')));
}

/** Constant nodes are means and deviations of the data more often than weights: those of files without initializers. */
function allWeights(tensors: readonly OnnxTensor[], fromConstants: ReadonlySet<string>): readonly OnnxTensor[] {
  const vectors = tensors.filter(({ dims }) => dims.length > 0);
  const initializers = vectors.filter(({ name = '' }) => !fromConstants.has(name));
  return initializers.length > 0 ? initializers : vectors;
}

function named(tensors: readonly OnnxTensor[], patterns: readonly string[]): readonly OnnxTensor[] {
  return tensors.filter(({ name = '' }) => patterns.some((pattern) => matchesGlob(name, pattern)));
}

function nothingChosen(weights: readonly OnnxTensor[], trainable: TrainableChoice): OnnxError {
  if (weights.length === 0) return new OnnxError('NOT_TRAINABLE', 'the model has no floating-point weights');
  const names = weights.slice(0, LISTED_MAX).map(({ name = '' }) => `"${name}"`);
  const more = weights.length > LISTED_MAX ? ` and ${weights.length - LISTED_MAX} more` : '';
  const asked = trainable === 'all' ? 'more than one number' : `the names ${trainable.join(', ')}`;
  return new OnnxError('NOT_TRAINABLE', `no weights have ${asked}; there are ${names.join(', ')}${more}`);
}

function checkFinite(tensor: OnnxTensor): void {
  const values = tensorValues(tensor) as Float32Array;
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new OnnxError('NOT_FINITE', `weight "${tensor.name ?? ''}" has ${values[index]} at place ${index}`);
}
