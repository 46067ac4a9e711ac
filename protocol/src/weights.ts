import { SedgeError } from './errors.ts';
import { parameterCount, type ParameterSpec } from './model.ts';
import { float32Tensor, float32Values, type Tensor } from './tensor.ts';

/**
 * Weights have two forms: named FP32 arrays (at rest, in engines) and one flat vector in the order of the parameter
 * specification (on the wire, in sums).
 */

/** Throws TENSOR_MISMATCH for arrays that are missing, too many, or of another shape than the specification says. */
export function weightVector(
  tensors: readonly Tensor[],
  parameters: readonly ParameterSpec[],
): Float32Array<ArrayBuffer> {
  if (tensors.length !== parameters.length) {
    throw new SedgeError('TENSOR_MISMATCH', `there are ${tensors.length} arrays for ${parameters.length} parameters`);
  }
  const vector = new Float32Array(parameterCount(parameters));
  let offset = 0;
  for (const parameter of parameters) {
    const values = valuesOf(tensors, parameter);
    vector.set(values, offset);
    offset += values.length;
  }
  return vector;
}

/** Cuts a vector into its arrays. Throws TENSOR_MISMATCH for another length than the specification says. */
export function namedWeights(vector: Float32Array, parameters: readonly ParameterSpec[]): Tensor[] {
  const expected = parameterCount(parameters);
  if (vector.length !== expected) {
    throw new SedgeError('TENSOR_MISMATCH', `the vector has ${vector.length} values, the parameters ${expected}`);
  }
  let offset = 0;
  return parameters.map((parameter) => {
    const count = parameterCount([parameter]);
    const tensor = float32Tensor(parameter.name, parameter.shape, vector.subarray(offset, offset + count));
    offset += count;
    return tensor;
  });
}

function valuesOf(tensors: readonly Tensor[], { name, shape }: ParameterSpec): Float32Array {
  const tensor = tensors.find((one) => one.name === name);
  if (tensor !== undefined && tensor.shape.join() === shape.join()) return float32Values(tensor);
  const found = tensor === undefined ? 'none' : `[${tensor.shape.join(', ')}]`;
  throw new SedgeError('TENSOR_MISMATCH', `the parameter ${name} has the shape [${shape.join(', ')}], found ${found}`);
}
