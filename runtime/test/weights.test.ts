import { float32Values, weightVector } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { initialMlpWeights, mlpParameters } from '../src/weights.ts';

describe('initialMlpWeights', () => {
  const layers = [784, 200, 200, 10];
  const weights = initialMlpWeights(layers, Uint8Array.of(1, 2, 3));

  it('has the parameters of the layers: 199,210 in the 2NN of McMahan et al. (2017)', () => {
    expect(weightVector(weights, mlpParameters(layers))).toHaveLength(199_210);
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
