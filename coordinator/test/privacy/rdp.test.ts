import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epsilonByRdp, epsilonOfOrder, epsilonsByRdp, renyiDivergence } from '../../src/privacy/rdp.ts';

const oneMechanism = (samplingRate: number, noiseMultiplier: number, rounds: number) => [
  { samplingRate, noiseMultiplier, rounds },
];

/**
 * RDP and PLD by dp-accounting 0.6.0: RdpAccountant over the orders 1.02, 1.04, … 40.98 and 42 … 399, PLDAccountant
 * with its defaults, PoissonSampledDpEvent of GaussianDpEvent. PLD is a nearly exact value that no RDP bound may go below.
 */
const reference = [
  { q: 0.01, sigma: 1.1, rounds: 10_000, delta: 1e-5, rdp: 5.632, pld: 5.1926 },
  { q: 256 / 60_000, sigma: 1.1, rounds: 14_040, delta: 1e-5, rdp: 2.5944, pld: 2.3796 },
  { q: 0.1, sigma: 0.7, rounds: 100, delta: 1e-5, rdp: 16.4394, pld: 14.5924 },
  { q: 1, sigma: 5, rounds: 50, delta: 1e-6, rdp: 7.7662, pld: 7.2861 },
  { q: 0.1, sigma: 1, rounds: 100, delta: 1e-3, rdp: 5.6549, pld: 4.7844 },
  { q: 1, sigma: 1, rounds: 1, delta: 1e-5, rdp: 4.7284, pld: 4.3772 },
  { q: 0.5, sigma: 3, rounds: 20, delta: 1e-3, rdp: 2.6826, pld: 2.3338 },
  { q: 0.001, sigma: 0.5, rounds: 1_000, delta: 1e-6, rdp: 5.3197, pld: 4.2351 },
  { q: 0.2, sigma: 0.3, rounds: 1, delta: 1e-3, rdp: 13.3727, pld: 11.7971 },
  { q: 0.9, sigma: 4, rounds: 20, delta: 1e-3, rdp: 3.602, pld: 3.1913 },
];

describe('epsilonByRdp', () => {
  it.each(reference)('is at most 1.001 of $rdp and never below $pld for q $q, sigma $sigma, $rounds rounds', (row) => {
    const epsilon = epsilonByRdp(oneMechanism(row.q, row.sigma, row.rounds), row.delta);
    expect(epsilon).toBeLessThanOrEqual(1.001 * row.rdp);
    expect(epsilon).toBeGreaterThanOrEqual(row.pld);
  });

  it('is nothing where nothing was released, and infinite without noise', () => {
    expect(epsilonByRdp([], 1e-5)).toBe(0);
    expect(epsilonByRdp(oneMechanism(0, 1, 10), 1e-5)).toBe(0);
    expect(epsilonByRdp(oneMechanism(0.5, 1, 0), 1e-5)).toBe(0);
    expect(epsilonByRdp(oneMechanism(0.5, 0, 1), 1e-5)).toBe(Number.POSITIVE_INFINITY);
  });

  it('composes different rounds: two halves of one mechanism cost what the whole costs', () => {
    const halves = [...oneMechanism(0.1, 1, 40), ...oneMechanism(0.1, 1, 60)];
    expect(epsilonByRdp(halves, 1e-5)).toBeCloseTo(epsilonByRdp(oneMechanism(0.1, 1, 100), 1e-5), 9);
  });

  it('grows with the rounds and the sampling rate and falls with the noise', () => {
    const rates = fc.double({ min: 1e-3, max: 1, noNaN: true });
    const sigmas = fc.double({ min: 0.4, max: 20, noNaN: true });
    const rounds = fc.integer({ min: 1, max: 2_000 });
    const larger = fc.double({ min: 1, max: 3, noNaN: true });
    fc.assert(
      fc.property(rates, sigmas, rounds, larger, (q, sigma, count, factor) => {
        const epsilon = epsilonByRdp(oneMechanism(q, sigma, count), 1e-5);
        // The search ends within a millionth of the terms of the minimum.
        const atLeast = epsilon * (1 - 1e-6) - 1e-7;
        expect(epsilonByRdp(oneMechanism(q, sigma, Math.ceil(count * factor)), 1e-5)).toBeGreaterThanOrEqual(atLeast);
        expect(epsilonByRdp(oneMechanism(Math.min(1, q * factor), sigma, count), 1e-5)).toBeGreaterThanOrEqual(atLeast);
        expect(epsilonByRdp(oneMechanism(q, sigma / factor, count), 1e-5)).toBeGreaterThanOrEqual(atLeast);
      }),
      { numRuns: 60 },
    );
  });
});

describe('epsilonsByRdp', () => {
  it('gives after every round what the rounds so far cost on their own', () => {
    const epsilons = epsilonsByRdp({ samplingRate: 0.3, noiseMultiplier: 1.4, rounds: 40 }, 1e-3);
    expect(epsilons).toEqual(epsilons.map((_, index) => epsilonByRdp(oneMechanism(0.3, 1.4, index + 1), 1e-3)));
    expect(epsilonsByRdp({ samplingRate: 0, noiseMultiplier: 1.4, rounds: 2 }, 1e-3)).toEqual([0, 0]);
  });
});

describe('renyiDivergence', () => {
  /** By mpmath 1.4.1: the defining integral at 40 digits. */
  it.each([
    { q: 0.01, sigma: 1.1, order: 1.05, divergence: 6.63691174483359e-5 },
    { q: 0.01, sigma: 1.1, order: 3.7, divergence: 0.000245287722723989 },
    { q: 0.01, sigma: 1.1, order: 17.3, divergence: 2.26121285299618 },
    { q: 0.1, sigma: 0.7, order: 1.5, divergence: 0.0369492732185199 },
    { q: 0.1, sigma: 0.7, order: 2.5, divergence: 0.119144125638665 },
    { q: 0.5, sigma: 3, order: 1.05, divergence: 0.0148027108195855 },
    { q: 0.5, sigma: 3, order: 17.3, divergence: 0.412545953509853 },
    { q: 0.9, sigma: 2, order: 2.5, divergence: 0.261353140737471 },
  ])('is $divergence at the fractional order $order for q $q, sigma $sigma', ({ q, sigma, order, divergence }) => {
    const found = renyiDivergence({ samplingRate: q, noiseMultiplier: sigma }, order);
    expect(Math.abs(found - divergence)).toBeLessThan(1e-12 + 1e-11 * divergence);
  });

  it('agrees at whole orders with the finite binomial sum of the paper (equation 30)', () => {
    for (const [q, sigma] of [
      [0.01, 1.1],
      [0.1, 0.7],
      [0.5, 3],
      [0.3, 0.25],
    ] as const) {
      for (const order of [2, 3, 8, 32]) {
        const found = renyiDivergence({ samplingRate: q, noiseMultiplier: sigma }, order);
        const expected = divergenceOfWholeOrder(q, sigma, order);
        expect(Math.abs(found / expected - 1)).toBeLessThan(1e-10);
      }
    }
  });

  it('is order / 2 sigma² for the Gaussian that takes everybody', () => {
    expect(renyiDivergence({ samplingRate: 1, noiseMultiplier: 2 }, 3)).toBe(3 / 8);
  });

  it('is continuous where everybody is nearly sure to be sampled', () => {
    const almost = renyiDivergence({ samplingRate: 1 - 1e-12, noiseMultiplier: 2 }, 3.5);
    expect(almost).toBeCloseTo(3.5 / 8, 9);
  });
});

describe('epsilonOfOrder', () => {
  it('is the conversion of Canonne, Kamath and Steinke by hand: 1 + ln(1/2) - ln(2e-2) at order 2', () => {
    expect(epsilonOfOrder(1, 2, 1e-2)).toBeCloseTo(1 - Math.LN2 + 3.912023005428146, 12);
  });
});

/** Plain sum over k of C(order, k) (1 − q)^(order − k) q^k exp((k² − k) / 2σ²); small enough not to overflow here. */
function divergenceOfWholeOrder(q: number, sigma: number, order: number): number {
  const logTerms: number[] = [];
  let logBinomial = 0;
  for (let k = 0; k <= order; k++) {
    logTerms.push(logBinomial + (order - k) * Math.log(1 - q) + k * Math.log(q) + (k * k - k) / (2 * sigma ** 2));
    logBinomial += Math.log((order - k) / (k + 1));
  }
  const largest = Math.max(...logTerms);
  const sum = logTerms.reduce((total, term) => total + Math.exp(term - largest), 0);
  return (largest + Math.log(sum)) / (order - 1);
}
