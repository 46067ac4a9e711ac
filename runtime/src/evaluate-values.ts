import { elementCount, float32Values, SedgeError, type Tensor } from '@sedge/protocol';
import type { EvaluationOptions } from './evaluate.ts';
import type { ModelHost } from './host/model-host.ts';
import { rowsOf } from './rows-of.ts';

export interface MeasuredExamples {
  /** [examples, …], under the name of the model's input */
  readonly features: Tensor;
  /** [examples, …], as many values for each example as the model gives. */
  readonly targets: Tensor;
  /** Examples in one call of the model. */
  readonly batchRows: number;
}

export interface ValueErrors {
  /** Mean of the squares of the differences. */
  readonly meanSquared: number;
  readonly meanAbsolute: number;
  readonly examples: number;
}

/** How far the first output of an open model lies from what was measured. Throws DATASET_MISMATCH. */
export async function evaluateValues(
  host: Pick<ModelHost, 'run'>,
  id: string,
  { features, targets, batchRows }: MeasuredExamples,
  { functionName = 'infer', ...options }: EvaluationOptions,
): Promise<ValueErrors> {
  const [examples = 0] = features.shape;
  if (examples === 0 || examples !== targets.shape[0]) {
    throw mismatch(`${examples} examples have ${targets.shape[0] ?? 0} targets`);
  }
  const wanted = float32Values(targets);
  const width = elementCount(targets.shape.slice(1));
  let squares = 0;
  let distances = 0;
  for (let first = 0; first < examples; first += batchRows) {
    const batch = rowsOf(features, first, Math.min(first + batchRows, examples));
    const values = valuesOf(await host.run(id, functionName, [batch], options), (batch.shape[0] ?? 0) * width);
    values.forEach((value, index) => {
      const distance = value - (wanted[first * width + index] ?? Number.NaN);
      squares += distance * distance;
      distances += Math.abs(distance);
    });
  }
  return { meanSquared: squares / wanted.length, meanAbsolute: distances / wanted.length, examples };
}

function valuesOf([output]: readonly Tensor[], count: number): Float32Array {
  const values = output === undefined ? new Float32Array() : float32Values(output);
  if (values.length === count) return values;
  throw mismatch(`the first output of the model has ${values.length} values, the targets ${count}`);
}

function mismatch(detail: string): SedgeError {
  return new SedgeError('DATASET_MISMATCH', detail, { expose: true });
}
