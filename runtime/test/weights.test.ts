import { float32Tensor, float32Values } from '@sedge/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flattenWeights, initialMlpWeights, mlpParameters, unflattenWeights } from '../src/weights.ts';

const parameters = [
  { name: 'a', shape: [2, 2] },
  { name: 'b', shape: [3] },
];
const a = float32Tensor('a', [2, 2], [1, 2, 3, 4]);
const b = float32Tensor('b', [3], [5, 6, 7]);

describe('flattenWeights', () => {
  it('follows the order of the specification, not of the weights', () => {
    expect(Array.from(flattenWeights([b, a], parameters))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it.each([
    ['a missing one', [a]],
    ['one of another shape', [a, float32Tensor('b', [1, 3], [5, 6, 7])]],
    ['one of another name', [a, float32Tensor('c', [3], [5, 6, 7])]],
    ['one of another type', [a, { name: 'b', dataType: 'INT32', shape: [3], data: new Uint8Array(12) } as const]],
  ])('refuses %s', (_what, weights) => {
    expect(() => flattenWeights(weights, parameters)).toThrow('TENSOR_MISMATCH');
  });

  it('is undone by unflattenWeights', () => {
    const finite = fc.float({ noNaN: true });
    fc.assert(
      fc.property(fc.array(finite, { minLength: 7, maxLength: 7 }), (values) => {
        const vector = Float32Array.from(values);
        expect(flattenWeights(unflattenWeights(vector, parameters), parameters)).toEqual(vector);
      }),
    );
    expect(() => unflattenWeights(new Float32Array(8), parameters)).toThrow('TENSOR_MISMATCH');
  });
});

describe('initialMlpWeights', () => {
  const layers = [784, 200, 200, 10];
  const weights = initialMlpWeights(layers, Uint8Array.of(1, 2, 3));

  it('has the parameters of the layers: 199,210 in the 2NN of McMahan et al. (2017)', () => {
    expect(flattenWeights(weights, mlpParameters(layers))).toHaveLength(199_210);
  });

  it('is uniform within the bound of Glorot and Bengio, and zero for biases', () => {
    const [weight, bias] = weights;
    const values = weight ? float32Values(weight) : new Float32Array();
    const bound = Math.sqrt(6 / 984);
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    const largest = values.reduce((sofar, value) => Math.max(sofar, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    expect(largest).toBeGreaterThan(bound * 0.999);
    // A uniform distribution in ±bound has the variance bound²/3; with 156,800 draws 2% is ten deviations.
    expect(Math.abs(variance / (bound ** 2 / 3) - 1)).toBeLessThan(0.02);
    expect(bias && float32Values(bias).every((value) => value === 0)).toBe(true);
  });

  it('depends on the seed alone', () => {
    const [first, again, other] = [3, 3, 4].map((last) => initialMlpWeights([4, 3], Uint8Array.of(1, 2, last)));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});
