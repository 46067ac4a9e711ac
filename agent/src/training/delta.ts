import { float32Values, parameterCount, SedgeError, type ParameterSpec, type Tensor } from '@sedge/protocol';

/**
 * Local weights minus the round's, as one vector with the parameters in the given order.
 * Throws UPDATE_INVALID when an array is missing, has another size, or training diverged to values without a number.
 */
export function deltaOf(
  parameters: readonly ParameterSpec[],
  before: readonly Tensor[],
  after: readonly Tensor[],
): Float32Array<ArrayBuffer> {
  const delta = new Float32Array(parameterCount(parameters));
  let offset = 0;
  for (const parameter of parameters) {
    const from = valuesOf(parameter, before);
    const to = valuesOf(parameter, after);
    for (let index = 0; index < to.length; index += 1) {
      delta[offset + index] = (to[index] ?? 0) - (from[index] ?? 0);
    }
    offset += to.length;
  }
  if (!delta.every(Number.isFinite)) throw new SedgeError('UPDATE_INVALID', 'training diverged', { expose: true });
  return delta;
}

function valuesOf(parameter: ParameterSpec, tensors: readonly Tensor[]): Float32Array {
  const tensor = tensors.find(({ name }) => name === parameter.name);
  const values = tensor === undefined ? undefined : float32Values(tensor);
  if (values?.length === parameterCount([parameter])) return values;
  throw new SedgeError('UPDATE_INVALID', `the weights have no ${parameter.name} of that size`, { expose: true });
}
