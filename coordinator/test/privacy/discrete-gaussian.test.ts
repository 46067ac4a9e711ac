import { randomnessOf, seededRandomness, systemRandomness } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { sampleDiscreteGaussian, STANDARD_DEVIATION_MAX } from '../../src/privacy/discrete-gaussian.ts';

describe('sampleDiscreteGaussian', () => {
  it.each([1, 2, 5])('falls on every integer as often as the exact probability says, at sigma %i', (sigma) => {
    const count = 100_000;
    const samples = sampleDiscreteGaussian(sigma, count, seededRandomness(`chi-square ${sigma}`));
    const reach = 3 * sigma;
    const expected = probabilities(sigma, reach);
    const observed = frequencies(samples, reach);
    // 2·reach + 1 integers and the two tails are cells; the limit is the 99.9% point of chi-square (scipy.stats: chi2.ppf(0.999, df)).
    const limit = { 1: 26.12, 2: 36.12, 5: 62.49 }[sigma] ?? 0;
    const statistic = expected.reduce(
      (sum, probability, cell) => sum + ((observed[cell] ?? 0) - count * probability) ** 2 / (count * probability),
      0,
    );
    expect(statistic).toBeLessThan(limit);
  });

  it.each([50_000_000, 2 ** 33, STANDARD_DEVIATION_MAX])('has the moments of a Gaussian at sigma %i', (sigma) => {
    const count = 100_000;
    const samples = sampleDiscreteGaussian(sigma, count, seededRandomness('moments'));
    const moment = (power: number): number => samples.reduce((sum, x) => sum + (x / sigma) ** power, 0) / count;
    // Moments 0, 1, 0, 3 with standard errors 1, √2, √15 and √96 over √count; four of them on either side.
    const standardError = 1 / Math.sqrt(count);
    expect(Math.abs(moment(1))).toBeLessThan(4 * standardError);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.SQRT2 * standardError);
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15) * standardError);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96) * standardError);
  });

  it('falls into tenths of the standard Gaussian as often as its distribution function says', () => {
    const sigma = 2 ** 30;
    const count = 100_000;
    const samples = sampleDiscreteGaussian(sigma, count, seededRandomness('deciles'));
    // Deciles of the standard Gaussian (scipy.stats: norm.ppf).
    const edges = [-1.2815516, -0.8416212, -0.5244005, -0.2533471, 0, 0.2533471, 0.5244005, 0.8416212, 1.2815516];
    const cells = new Float64Array(10);
    for (const sample of samples) {
      const cell = edges.filter((edge) => sample / sigma > edge).length;
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    const statistic = cells.reduce((sum, seen) => sum + (seen - count / 10) ** 2 / (count / 10), 0);
    // chi2.ppf(0.999, 9)
    expect(statistic).toBeLessThan(27.88);
  });

  it('uses the whole grid: every residue of a small modulus comes at a large sigma', () => {
    const samples = sampleDiscreteGaussian(2 ** 33, 10_000, seededRandomness('residues'));
    const residues = new Set(Array.from(samples, (sample) => Math.abs(sample) % 16));
    expect(residues.size).toBe(16);
    expect(samples.every(Number.isSafeInteger)).toBe(true);
  });

  it('repeats for the same seed and differs for another', () => {
    const draw = (seed: string): Float64Array => sampleDiscreteGaussian(1_000, 100, seededRandomness(seed));
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });

  it('asks the given source for at least the entropy of what it returns', () => {
    let asked = 0;
    const counting = randomnessOf((target) => {
      asked += target.length;
      target.set(systemRandomness.bytes(target.length));
    });
    const sigma = 2 ** 26;
    const count = 10_000;
    sampleDiscreteGaussian(sigma, count, counting);
    // A Gaussian of sigma steps has log2(sigma · √(2πe)) = 28.05 bits.
    expect(asked * 8).toBeGreaterThan(28 * count);
  });

  it.each([0, -1, 0.5, Number.NaN, 2 ** 37])('refuses the standard deviation %d', (sigma) => {
    expect(() => sampleDiscreteGaussian(sigma, 1, systemRandomness)).toThrow(/INTERNAL/);
  });
});

/** Probability of every integer of −reach … reach, then of each tail beyond, by summing exp(−y² / 2σ²) to 40σ. */
function probabilities(sigma: number, reach: number): number[] {
  const weight = (y: number): number => Math.exp((-y * y) / (2 * sigma * sigma));
  let total = 0;
  for (let y = -40 * sigma; y <= 40 * sigma; y++) total += weight(y);
  const inside = Array.from({ length: 2 * reach + 1 }, (_, index) => weight(index - reach) / total);
  const tail = (1 - inside.reduce((sum, probability) => sum + probability, 0)) / 2;
  return [...inside, tail, tail];
}

function frequencies(samples: Float64Array, reach: number): number[] {
  const cells = Array.from({ length: 2 * reach + 3 }, () => 0);
  for (const sample of samples) {
    const beyond = sample < 0 ? 2 * reach + 1 : 2 * reach + 2;
    const cell = Math.abs(sample) <= reach ? sample + reach : beyond;
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  return cells;
}
