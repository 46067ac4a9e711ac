import type { TrainingOutcome } from '@sedge/runtime';
import {
  decodeSafetensors,
  float32Values,
  fromUtf8,
  limits,
  parameterCount,
  SedgeError,
  weightVector,
  type ParameterSpec,
  type Tensor,
} from '@sedge/protocol';
import { z } from 'zod';

/** Names with numbers, at most so many as an update takes. */
const metricsFile = z
  .record(z.string().min(1).max(100), z.number())
  .refine((metrics) => Object.keys(metrics).length <= 32, { message: 'there are more than 32' });

export const METRICS_BYTES_MAX = 64 * 1024;

/** The longest file of these parameters: their values, and a header. */
export function resultBytesMax(parameters: readonly ParameterSpec[]): number {
  return 4 * parameterCount(parameters) + limits.frameHeadBytesMax;
}

/**
 * What a trainer left, checked. Throws UPDATE_INVALID for a file that is damaged or holds values that are not finite,
 * TENSOR_MISMATCH for other names, types or shapes than the parameters have.
 */
export function trainerOutcome(
  parameters: readonly ParameterSpec[],
  result: Uint8Array,
  metrics?: Uint8Array,
): TrainingOutcome {
  const weights = decoded(result);
  checkNames(weights, parameters);
  weightVector(weights, parameters);
  for (const tensor of weights) checkFinite(tensor);
  return { weights, metrics: metrics === undefined ? [] : metricsOf(metrics) };
}

function decoded(result: Uint8Array): Tensor[] {
  try {
    return decodeSafetensors(result);
  } catch (cause) {
    throw invalid(`the result cannot be read: ${(cause as Error).message}`, cause);
  }
}

function checkNames(weights: readonly Tensor[], parameters: readonly ParameterSpec[]): void {
  const found = new Map(weights.map(({ name, dataType, shape }) => [name, `${dataType} [${shape.join(', ')}]`]));
  for (const { name, shape } of parameters) {
    const wanted = `FP32 [${shape.join(', ')}]`;
    if (found.get(name) !== wanted) throw mismatch(`${name} is ${found.get(name) ?? 'missing'}, ${wanted} is wanted`);
    found.delete(name);
  }
  const [stranger] = found.keys();
  if (stranger !== undefined) throw mismatch(`${stranger} is no parameter of the round`);
}

function checkFinite(tensor: Tensor): void {
  const at = float32Values(tensor).findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw invalid(`value ${at} of ${tensor.name} is not finite`);
}

function metricsOf(bytes: Uint8Array): TrainingOutcome['metrics'] {
  try {
    return Object.entries(metricsFile.parse(JSON.parse(fromUtf8(bytes)))).map(([name, value]) => ({ name, value }));
  } catch (cause) {
    throw invalid('the metrics are no object of numbers by name', cause);
  }
}

function invalid(detail: string, cause?: unknown): SedgeError {
  return new SedgeError('UPDATE_INVALID', detail, { cause, expose: true });
}

function mismatch(detail: string): SedgeError {
  return new SedgeError('TENSOR_MISMATCH', `in the result ${detail}`, { expose: true });
}
