import { SedgeError, weightVector, type ParameterSpec, type Tensor } from '@sedge/protocol';

/**
 * Local weights minus the round's, as one vector with the parameters in the given order.
 * Throws TENSOR_MISMATCH for other arrays than the parameters, UPDATE_INVALID when training diverged.
 */
export function deltaOf(
  parameters: readonly ParameterSpec[],
  before: readonly Tensor[],
  after: readonly Tensor[],
): Float32Array<ArrayBuffer> {
  const from = weightVector(before, parameters);
  const delta = weightVector(after, parameters).map((value, index) => value - (from[index] ?? 0));
  if (!delta.every(Number.isFinite)) throw new SedgeError('UPDATE_INVALID', 'training diverged', { expose: true });
  return delta;
}
