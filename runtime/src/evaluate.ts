import { float32Values, SedgeError, type Tensor } from '@sedge/protocol';
import { classProbabilities } from './class-probabilities.ts';
import type { ModelHost } from './host/model-host.ts';
import { rowsOf } from './rows-of.ts';

export interface LabelledExamples {
  /** [examples, …], under the name of the model's input */
  readonly features: Tensor;
  /** Class numbers, one for each example. */
  readonly labels: ArrayLike<number>;
  /** Examples in one call of the model. */
  readonly batchRows: number;
}

export interface Evaluation {
  /** Share of examples whose most probable class is their label, 0 to 1. */
  readonly accuracy: number;
  /** Mean cross-entropy, natural logarithm. */
  readonly loss: number;
  readonly examples: number;
}

export interface EvaluationOptions {
  /** For each call of the model. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The function that gives probabilities, or what softmax makes ones of, as its first output; `infer` if nothing is said. */
  readonly functionName?: string;
}

/** A probability below this counts as this, so that one certain mistake does not make the mean loss infinite. */
export const PROBABILITY_MIN = 1e-7;

/** Accuracy and loss of an open classifier over examples. Throws DATASET_MISMATCH for labels that do not fit. */
export async function evaluateClassifier(
  host: Pick<ModelHost, 'run'>,
  id: string,
  { features, labels, batchRows }: LabelledExamples,
  { functionName = 'infer', ...options }: EvaluationOptions,
): Promise<Evaluation> {
  const [examples = 0] = features.shape;
  if (examples === 0 || examples !== labels.length) {
    throw new SedgeError('DATASET_MISMATCH', `${examples} examples have ${labels.length} labels`, { expose: true });
  }
  let right = 0;
  let lossSum = 0;
  for (let first = 0; first < examples; first += batchRows) {
    const batch = rowsOf(features, first, Math.min(first + batchRows, examples));
    const [probabilities] = await host.run(id, functionName, [batch], options);
    const score = scoreRows(classesOf(probabilities, batch.shape[0] ?? 0), labels, first);
    right += score.right;
    lossSum += score.lossSum;
  }
  return { accuracy: right / examples, loss: lossSum / examples, examples };
}

function classesOf(output: Tensor | undefined, rows: number): Float32Array[] {
  if (output === undefined || output.shape.length !== 2 || output.shape[0] !== rows) {
    throw new SedgeError('DATASET_MISMATCH', 'the first output of the model is not [rows, classes]', { expose: true });
  }
  const values = float32Values(output);
  const [, classes = 0] = output.shape;
  return Array.from({ length: rows }, (_, row) =>
    classProbabilities(values.subarray(row * classes, (row + 1) * classes)),
  );
}

function scoreRows(rows: readonly Float32Array[], labels: ArrayLike<number>, first: number) {
  let right = 0;
  let lossSum = 0;
  rows.forEach((probabilities, row) => {
    const label = labels[first + row] ?? -1;
    const probability = probabilities[label];
    if (probability === undefined) {
      throw new SedgeError('DATASET_MISMATCH', `label ${label} is none of ${probabilities.length} classes`, {
        expose: true,
      });
    }
    if (mostProbable(probabilities) === label) right += 1;
    lossSum -= Math.log(Math.max(probability, PROBABILITY_MIN));
  });
  return { right, lossSum };
}

/** Of equals the first one. */
function mostProbable(probabilities: Float32Array): number {
  return probabilities.indexOf(probabilities.reduce((largest, value) => Math.max(largest, value)));
}
