import { seededRandomness } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { FixedPointSum, GRID_STEPS_PER_UNIT } from '../../src/federation/fixed-point-sum.ts';
import {
  applyMean,
  expectedUpdates,
  meanUpdate,
  noiseSteps,
  privateMean,
  updateWeight,
  weightedMean,
} from '../../src/federation/strategy.ts';

const privacy = { clipNorm: 1, noiseMultiplier: 4, delta: 1e-3, epsilonMax: 5 };
const all = { sampling: 'all' } as const;

describe('weightedMean', () => {
  it('weighs by examples: (1 × 10 + 4 × 30) / 40 is 3.25', () => {
    const sum = new FixedPointSum(1);
    sum.add([1], updateWeight({}, 10));
    sum.add([4], updateWeight({}, 30));
    expect([...weightedMean(sum)]).toEqual([3.25]);
    expect(meanUpdate({ cohort: all }, sum, 2, seededRandomness('unused'))).toEqual(weightedMean(sum));
  });

  it('needs an update', () => {
    expect(() => weightedMean(new FixedPointSum(1))).toThrow(/TOO_FEW_UPDATES/);
  });
});

describe('updateWeight', () => {
  it('is the number of examples, and 1 under privacy whatever the node says', () => {
    expect(updateWeight({}, 60)).toBe(60);
    expect(updateWeight({}, undefined)).toBe(1);
    expect(updateWeight({ privacy }, 60)).toBe(1);
  });
});

describe('privateMean', () => {
  const length = 20_000;

  it('adds noise of noise multiplier × clip norm to the sum, then divides by the fixed denominator', () => {
    const sum = new FixedPointSum(length);
    sum.add(new Float32Array(length).fill(0.5), 1);
    const mean = privateMean(sum, { clipNorm: 0.5, noiseMultiplier: 3, denominator: 10 }, seededRandomness('noise'));
    const average = mean.reduce((total, x) => total + x, 0) / length;
    const variance = mean.reduce((total, x) => total + (x - average) ** 2, 0) / length;
    // 0.5 / 10, and (3 × 0.5 / 10)² = 0.0225; four standard errors on either side.
    expect(Math.abs(average - 0.05)).toBeLessThan((4 * 0.15) / Math.sqrt(length));
    expect(Math.abs(variance / 0.0225 - 1)).toBeLessThan(4 * Math.sqrt(2 / length));
  });

  it('is noise alone where nobody was drawn', () => {
    const noise = { clipNorm: 1, noiseMultiplier: 4, denominator: 5 };
    const mean = privateMean(new FixedPointSum(100), noise, seededRandomness('empty'));
    expect(mean.some((value) => value !== 0)).toBe(true);
  });

  it('divides by what was expected, not by who came', () => {
    const plan = { privacy, cohort: { sampling: 'poisson', rate: 0.2 } } as const;
    const one = new FixedPointSum(1);
    one.add([1], 1);
    const two = new FixedPointSum(1);
    two.add([1], 1);
    two.add([1], 1);
    const [withOne, withTwo] = [one, two].map((sum) => meanUpdate(plan, sum, 50, seededRandomness('same'))[0] ?? 0);
    // The same noise in both: one update more of 1 in a denominator of 0.2 × 50 is a tenth more.
    expect((withTwo ?? 0) - (withOne ?? 0)).toBeCloseTo(0.1, 9);
  });

  it('differs from draw to draw', () => {
    const random = seededRandomness('stream');
    const noise = { clipNorm: 1, noiseMultiplier: 4, denominator: 5 };
    expect(privateMean(new FixedPointSum(10), noise, random)).not.toEqual(
      privateMean(new FixedPointSum(10), noise, random),
    );
  });

  it('refuses a sum in which an update weighs more than 1', () => {
    const sum = new FixedPointSum(1);
    sum.add([1], 2);
    expect(() => privateMean(sum, { clipNorm: 1, noiseMultiplier: 1, denominator: 1 }, seededRandomness('x'))).toThrow(
      /INTERNAL/,
    );
  });
});

describe('noiseSteps', () => {
  it('is whole, and never less than noise multiplier × clip norm with the tolerance of the norm', () => {
    const steps = noiseSteps({ clipNorm: 0.75, noiseMultiplier: 3.3 });
    expect(Number.isInteger(steps)).toBe(true);
    expect(steps / GRID_STEPS_PER_UNIT).toBeGreaterThanOrEqual(0.75 * 3.3 * (1 + 1e-6));
    expect(steps / GRID_STEPS_PER_UNIT).toBeLessThan(0.75 * 3.3 * (1 + 2e-6));
  });

  it.each([
    [1e-6, 1],
    [1e4, 1e4],
  ])('refuses noise that the grid cannot carry: clip norm %d, multiplier %d', (clipNorm, noiseMultiplier) => {
    expect(() => noiseSteps({ clipNorm, noiseMultiplier })).toThrow(/PLAN_INVALID/);
  });
});

describe('expectedUpdates', () => {
  it('is the rate times the population', () => {
    expect(expectedUpdates(all, 50)).toBe(50);
    expect(expectedUpdates({ sampling: 'poisson', rate: 0.1 }, 50)).toBe(5);
    expect(expectedUpdates({ sampling: 'fraction', rate: 0.5 }, 50)).toBe(25);
  });
});

describe('applyMean', () => {
  it('takes a step of the server learning rate along the mean', () => {
    const next = applyMean(new Float32Array([1, 2]), new Float64Array([4, -8]), 0.5);
    expect([...next]).toEqual([3, -2]);
  });

  it('refuses weights that leave float32, and a mean of another length', () => {
    expect(() => applyMean(new Float32Array([3e38]), new Float64Array([3e38]), 1)).toThrow(/UPDATE_INVALID/);
    expect(() => applyMean(new Float32Array(2), new Float64Array(1), 1)).toThrow(/UPDATE_INVALID/);
    expect(() => applyMean(new Float32Array(1), new Float64Array(2), 1)).toThrow(/UPDATE_INVALID/);
  });
});
