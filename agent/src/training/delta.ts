import { SedgeError, weightVector, type ParameterSpec, type Tensor } from '@sedge/protocol';

/**
 * Local weights minus the round's, as one vector with the parameters in the given order.
 * Other arrays are left out. Throws TENSOR_MISMATCH for parameters that are missing, UPDATE_INVALID when training diverged.
 */
export function deltaOf(
  parameters: readonly ParameterSpec[],
  before: readonly Tensor[],
  after: readonly Tensor[],
): Float32Array<ArrayBuffer> {
  const isTrained = namedAs(parameters);
  const from = weightVector(before.filter(isTrained), parameters);
  const delta = weightVector(after.filter(isTrained), parameters).map((value, index) => value - (from[index] ?? 0));
  if (!delta.every(Number.isFinite)) throw new SedgeError('UPDATE_INVALID', 'training diverged', { expose: true });
  return delta;
}

/** A run may train a part of the weights only. */
function namedAs(parameters: readonly ParameterSpec[]): (tensor: Tensor) => boolean {
  const names = new Set(parameters.map(({ name }) => name));
  return ({ name }) => names.has(name);
}
