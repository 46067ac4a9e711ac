import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountedSamplingRate,
  calibrateNoise,
  epsilonByRound,
  epsilonSpent,
  NOTHING_SPENT,
  planEpsilon,
  spend,
} from '../../src/privacy/accountant.ts';
import { epsilonByRdp } from '../../src/privacy/rdp.ts';

const mechanism = { samplingRate: 0.1, noiseMultiplier: 1 };

describe('spend', () => {
  it('books rounds of the same mechanism in one entry and others apart', () => {
    const once = spend(NOTHING_SPENT, mechanism);
    const twice = spend(spend(once, mechanism), { samplingRate: 1, noiseMultiplier: 4 }, 3);
    expect(once).toEqual({ spent: [{ samplingRate: 0.1, noiseMultiplier: 1, rounds: 1 }] });
    expect(new Set(twice.spent)).toEqual(
      new Set([
        { samplingRate: 0.1, noiseMultiplier: 1, rounds: 2 },
        { samplingRate: 1, noiseMultiplier: 4, rounds: 3 },
      ]),
    );
  });

  it('costs nothing before the first round', () => {
    expect(epsilonSpent(NOTHING_SPENT, 1e-5)).toBe(0);
  });

  it('costs the same one round at a time as all at once', () => {
    let spending = NOTHING_SPENT;
    for (let round = 0; round < 100; round++) spending = spend(spending, mechanism);
    expect(epsilonSpent(spending, 1e-5)).toBe(epsilonByRdp([{ ...mechanism, rounds: 100 }], 1e-5));
  });
});

describe('epsilonByRound', () => {
  it('rises with every round and ends at what the plan costs', () => {
    const epsilons = epsilonByRound(mechanism, 20, 1e-3);
    expect(epsilons).toHaveLength(20);
    expect(epsilons.every((epsilon, index) => index === 0 || epsilon > (epsilons[index - 1] ?? 0))).toBe(true);
    const privacy = { clipNorm: 1, noiseMultiplier: 1, delta: 1e-3, epsilonMax: 10 };
    expect(epsilons.at(-1)).toBe(planEpsilon({ rounds: 20, cohort: { sampling: 'poisson', rate: 0.1 }, privacy }));
  });
});

describe('planEpsilon', () => {
  const privacy = { clipNorm: 1, noiseMultiplier: 5, delta: 1e-6, epsilonMax: 10 };

  it('is undefined for a run without privacy', () => {
    expect(planEpsilon({ rounds: 20, cohort: { sampling: 'all' } })).toBeUndefined();
  });

  it('counts on sampling only where the coordinator flips the coins', () => {
    const all = planEpsilon({ rounds: 50, cohort: { sampling: 'all' }, privacy });
    expect(planEpsilon({ rounds: 50, cohort: { sampling: 'fraction', rate: 0.1 }, privacy })).toBe(all);
    expect(planEpsilon({ rounds: 50, cohort: { sampling: 'poisson', rate: 0.1 }, privacy })).toBeLessThan(
      (all ?? 0) / 4,
    );
    // dp-accounting 0.6.0, RdpAccountant: 7.7662.
    expect(all).toBeCloseTo(7.7662, 3);
  });
});

describe('accountedSamplingRate', () => {
  it('is the rate of a Poisson cohort and 1 for every other', () => {
    expect(accountedSamplingRate({ sampling: 'poisson', rate: 0.2 })).toBe(0.2);
    expect(accountedSamplingRate({ sampling: 'fraction', rate: 0.2 })).toBe(1);
    expect(accountedSamplingRate({ sampling: 'all' })).toBe(1);
  });
});

describe('calibrateNoise', () => {
  it('finds the noise of a known price', () => {
    // dp-accounting 0.6.0: q 1, sigma 5, 50 rounds, delta 1e-6 cost 7.7662.
    const noise = calibrateNoise({ targetEpsilon: 7.7662, delta: 1e-6, rounds: 50, samplingRate: 1 });
    expect(noise).toBeCloseTo(5, 3);
  });

  it('is never above the target and wastes next to nothing of it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 20, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 500 }),
        (targetEpsilon, samplingRate, rounds) => {
          const noiseMultiplier = calibrateNoise({ targetEpsilon, delta: 1e-5, rounds, samplingRate });
          const epsilon = epsilonByRdp([{ samplingRate, noiseMultiplier, rounds }], 1e-5);
          expect(epsilon).toBeLessThanOrEqual(targetEpsilon);
          const lessNoise = noiseMultiplier * (1 - 1e-5);
          expect(epsilonByRdp([{ samplingRate, noiseMultiplier: lessNoise, rounds }], 1e-5)).toBeGreaterThan(
            targetEpsilon,
          );
        },
      ),
      { numRuns: 20 },
    );
  });

  it('refuses a target that no noise reaches', () => {
    // The largest noise considered is 2^20; a million rounds of it still cost some 0.007.
    const target = { targetEpsilon: 1e-3, delta: 1e-12, rounds: 1_000_000, samplingRate: 1 };
    expect(() => calibrateNoise(target)).toThrow(/BUDGET_EXCEEDED/);
  });
});
