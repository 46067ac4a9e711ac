import { createRequire } from 'node:module';
import { decodeModel, tensorValues } from '@sedge/autodiff';
import { describe, expect, it } from 'vitest';
import { centroidModel, fitCentroids } from '../../src/data/centroid-classifier.ts';
import { type DigitExamples, digitsOf } from '../../src/data/digits.ts';
import { drawnDigits } from '../../src/data/drawn-digits.ts';
import { realDigits } from './real-digits.ts';
import { accuracyOf, scoresOf } from './softmax-regression.ts';

interface OnnxRuntime {
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object;
  readonly InferenceSession: {
    create(bytes: Uint8Array): Promise<{
      run(feeds: object): Promise<Record<string, { data: Float32Array; dims: readonly number[] }>>;
      release(): Promise<void>;
    }>;
  };
}

/** ONNX Runtime is a dependency of the runtime, which is where it is taken from. */
const fromRuntime = createRequire(new URL('../../../runtime/package.json', import.meta.url));
const { InferenceSession, Tensor } = fromRuntime('onnxruntime-web') as OnnxRuntime;

/** Two examples of each digit: digit d has ink d/16 and (d+1)/16 in pixel d, nothing elsewhere. */
function twoOfEach(): DigitExamples {
  const labels = Uint8Array.from({ length: 20 }, (_, row) => row % 10);
  const features = new Float32Array(20 * 64);
  for (const [row, digit] of labels.entries()) features[row * 64 + digit] = (digit + (row < 10 ? 0 : 1)) / 16;
  return { features, labels, rows: 20 };
}

describe('fitCentroids', () => {
  it('has twice the class mean as weight and minus its squared length as bias', () => {
    const { weight, bias } = fitCentroids(twoOfEach());
    // The mean of digit 3 is (3+4)/2/16 = 7/32 in pixel 3.
    expect(weight[3 * 10 + 3]).toBeCloseTo(7 / 16, 7);
    expect(weight[3 * 10 + 4]).toBe(0);
    expect(bias[3]).toBeCloseTo(-((7 / 32) ** 2), 7);
  });

  it('chooses the nearest mean', () => {
    const examples = digitsOf(drawnDigits('nearest')).test;
    const model = fitCentroids(examples);
    const means = Array.from({ length: 10 }, (_, digit) =>
      Array.from({ length: 64 }, (_, pixel) => (model.weight[pixel * 10 + digit] ?? 0) / 2),
    );
    for (let row = 0; row < 50; row += 1) {
      const scores = scoresOf(model, examples.features, row);
      const distances = means.map((mean) =>
        mean.reduce((sum, value, pixel) => sum + (value - (examples.features[row * 64 + pixel] ?? 0)) ** 2, 0),
      );
      expect(scores.indexOf(Math.max(...scores))).toBe(distances.indexOf(Math.min(...distances)));
    }
  });
});

describe('centroidModel', () => {
  it('is an ONNX file whose answers on ONNX Runtime are the softmax of the scores', async () => {
    const { train, test } = digitsOf(drawnDigits('onnx'));
    const session = await InferenceSession.create(centroidModel(train));
    const features = new Tensor('float32', test.features.slice(0, 5 * 64), [5, 64]);
    const { probabilities } = await session.run({ features });
    await session.release();
    expect(probabilities?.dims).toEqual([5, 10]);
    const classifier = fitCentroids(train);
    const expected = [0, 1, 2, 3, 4].flatMap((row) => {
      const exponentials = scoresOf(classifier, test.features, row).map(Math.exp);
      const sum = exponentials.reduce((total, value) => total + value, 0);
      return exponentials.map((value) => value / sum);
    });
    const found = [...(probabilities?.data ?? [])];
    expect(Math.max(...expected.map((value, index) => Math.abs(value - (found[index] ?? 1))))).toBeLessThan(1e-5);
  });

  it('carries exactly the fitted weights', () => {
    const examples = twoOfEach();
    const { graph } = decodeModel(centroidModel(examples));
    const { weight, bias } = fitCentroids(examples);
    expect(graph.initializers.map((tensor) => tensorValues(tensor))).toEqual([weight, bias]);
  });
});

const real = await realDigits();
describe.skipIf(real === undefined)('on the published digits', () => {
  it('the class means classify about nine in ten test rows of other writers', () => {
    const { train, test } = digitsOf(real ?? drawnDigits(''));
    // 1,606 of 1,797 rows; a softmax regression in numpy reaches 95.1 % on the same split.
    expect(accuracyOf(fitCentroids(train), test)).toBeGreaterThan(0.88);
  });
});
