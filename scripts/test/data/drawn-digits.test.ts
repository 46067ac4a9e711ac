import { describe, expect, it } from 'vitest';
import { fitCentroids } from '../../src/data/centroid-classifier.ts';
import { digitsOf } from '../../src/data/digits.ts';
import { drawnDigits } from '../../src/data/drawn-digits.ts';
import { accuracyOf, trainSoftmax } from './softmax-regression.ts';

describe('drawnDigits', () => {
  const drawn = drawnDigits('test');

  it('has as many rows as the published set, all ten digits, and ink from 0 to 16', () => {
    expect(drawn.train.labels).toHaveLength(3823);
    expect(drawn.test.labels).toHaveLength(1797);
    expect(drawn.train.pixels).toHaveLength(3823 * 64);
    expect(new Set(drawn.test.labels).size).toBe(10);
    const ink = new Set(drawn.train.pixels);
    expect(Math.max(...ink)).toBe(16);
    expect(Math.min(...ink)).toBe(0);
  });

  it('draws the same digits from the same seed, others from another, and no test row among the training rows', () => {
    expect(Buffer.compare(drawnDigits('test').train.pixels, drawn.train.pixels)).toBe(0);
    expect(Buffer.compare(drawnDigits('other').train.pixels, drawn.train.pixels)).not.toBe(0);
    const rowsOf = (pixels: Uint8Array) =>
      Array.from({ length: pixels.length / 64 }, (_, row) => pixels.subarray(row * 64, row * 64 + 64).join());
    const trained = new Set(rowsOf(drawn.train.pixels));
    expect(rowsOf(drawn.test.pixels).filter((row) => trained.has(row))).toEqual([]);
  });

  it('lets a softmax regression reach more than 80 %, and is no toy that the class means already solve', () => {
    const { train, test } = digitsOf(drawn);
    const softmax = accuracyOf(trainSoftmax(train, 3, 0.05), test);
    const centroids = accuracyOf(fitCentroids(train), test);
    expect(softmax).toBeGreaterThan(0.8);
    expect(centroids).toBeLessThan(softmax);
    expect(centroids).toBeLessThan(0.99);
  });
});
