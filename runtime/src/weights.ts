import { seededRandomness } from '@sedge/kit';
import { elementCount, float32Tensor, type ParameterSpec, type Tensor } from '@sedge/protocol';

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
