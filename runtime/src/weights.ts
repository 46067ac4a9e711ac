import { seededRandomness } from '@sedge/kit';
import {
  elementCount,
  float32Tensor,
  float32Values,
  parameterCount,
  type ParameterSpec,
  SedgeError,
  type Tensor,
} from '@sedge/protocol';

/** Named weights as one vector in the order of the specification. Throws TENSOR_MISMATCH for missing or other ones. */
export function flattenWeights(
  weights: readonly Tensor[],
  parameters: readonly ParameterSpec[],
): Float32Array<ArrayBuffer> {
  if (weights.length !== parameters.length) {
    throw mismatch(`${weights.length} weights were given, the specification has ${parameters.length}`);
  }
  const vector = new Float32Array(parameterCount(parameters));
  let offset = 0;
  for (const parameter of parameters) {
    const values = float32Values(findWeight(weights, parameter));
    vector.set(values, offset);
    offset += values.length;
  }
  return vector;
}

/** The inverse: named weights, each with a copy of its part of the vector. */
export function unflattenWeights(vector: Float32Array, parameters: readonly ParameterSpec[]): Tensor[] {
  const expected = parameterCount(parameters);
  if (vector.length !== expected) {
    throw mismatch(`a vector of ${vector.length} values was given, the specification has ${expected}`);
  }
  let offset = 0;
  return parameters.map(({ name, shape }) => {
    const end = offset + elementCount(shape);
    const tensor = float32Tensor(name, shape, vector.subarray(offset, end));
    offset = end;
    return tensor;
  });
}

/** The parameters of a perceptron with these layer sizes, inputs first, in the order that its component uses. */
export function mlpParameters(layers: readonly number[]): ParameterSpec[] {
  return layers.slice(1).flatMap((outputs, index) => [
    { name: `layer${index}.weight`, shape: [layers[index] ?? 0, outputs] },
    { name: `layer${index}.bias`, shape: [outputs] },
  ]);
}

/**
 * Weights to begin with: uniform in ±√(6 / (inputs + outputs)) (Glorot and Bengio, 2010, equation 16), biases zero.
 * The same seed gives the same weights on every machine.
 */
export function initialMlpWeights(layers: readonly number[], seedBytes: Uint8Array): Tensor[] {
  const random = seededRandomness(seedBytes);
  return mlpParameters(layers).map(({ name, shape }) => {
    const [inputs = 0, outputs] = shape;
    const values = new Float32Array(elementCount(shape));
    if (outputs === undefined) return float32Tensor(name, shape, values);
    const bound = Math.sqrt(6 / (inputs + outputs));
    return float32Tensor(
      name,
      shape,
      values.map(() => (2 * random.uniform() - 1) * bound),
    );
  });
}

function findWeight(weights: readonly Tensor[], { name, shape }: ParameterSpec): Tensor {
  const weight = weights.find((tensor) => tensor.name === name);
  if (weight === undefined) throw mismatch(`the weight ${name} is missing`);
  if (weight.shape.length !== shape.length || shape.some((size, axis) => size !== weight.shape[axis])) {
    throw mismatch(`the weight ${name} is [${weight.shape.join(', ')}], [${shape.join(', ')}] was expected`);
  }
  return weight;
}

function mismatch(detail: string): SedgeError {
  return new SedgeError('TENSOR_MISMATCH', detail, { expose: true });
}
