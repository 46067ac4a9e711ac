import type { Randomness } from '@sedge/kit';
import { SedgeError } from '@sedge/protocol';

/** Uniform integers without bias. Noise that protects anybody comes from `systemRandomness`. */
export type UniformIntegers = Pick<Randomness, 'integer'>;

/**
 * The discrete Gaussian over the integers, probability of y in proportion to exp(−y² / 2σ²), sampled exactly.
 *
 * Canonne, Kamath, Steinke: The Discrete Gaussian for Differential Privacy (2020), algorithms 1 to 3. A floating-point
 * Gaussian leaks through the gaps between the numbers that it can produce (Mironov 2012); here every decision is a
 * coin whose probability is a ratio of two integers, so that nothing but integers below 2^53 is ever formed.
 *
 * The paper keeps σ² rational and lets the proposal have the scale ⌊σ⌋ + 1. We take a whole σ, which the grid allows
 * (σ is millions of steps there), and σ itself as the scale: any scale is correct, and with this one the square in the
 * acceptance factors into coins of small integers, so that no arithmetic beyond 53 bits is needed.
 */

/** The largest standard deviation: leaves 17 bits above it for the sum of updates and for the tails. */
export const STANDARD_DEVIATION_MAX = 2 ** 36;

/** `count` independent samples. `standardDeviation` is a whole number of grid steps, 1 to 2^36. */
export function sampleDiscreteGaussian(
  standardDeviation: number,
  count: number,
  random: UniformIntegers,
): Float64Array<ArrayBuffer> {
  checkStandardDeviation(standardDeviation);
  const samples = new Float64Array(count);
  for (let index = 0; index < count; index++) samples[index] = sampleOne(standardDeviation, random);
  return samples;
}

function checkStandardDeviation(sigma: number): void {
  if (Number.isInteger(sigma) && sigma >= 1 && sigma <= STANDARD_DEVIATION_MAX) return;
  throw new SedgeError('INTERNAL', `noise of standard deviation ${sigma} steps is not a whole number of 1 to 2^36`);
}

/** Algorithm 3: a discrete Laplace proposal of scale σ, kept with probability exp(−(|y| − σ)² / 2σ²). */
function sampleOne(sigma: number, random: UniformIntegers): number {
  for (;;) {
    const remainder = laplaceRemainder(sigma, random);
    const multiple = laplaceMultiple(random);
    const isNegative = chance(1, 2, random);
    const magnitude = remainder + sigma * multiple;
    // Zero has one sign only, otherwise it would come twice as often.
    if (isNegative && magnitude === 0) continue;
    if (isKept(multiple, remainder, sigma, random)) return isNegative ? -magnitude : magnitude;
  }
}

/** Algorithm 2, first half: u below σ with probability in proportion to exp(−u / σ). */
function laplaceRemainder(sigma: number, random: UniformIntegers): number {
  for (;;) {
    const remainder = random.integer(sigma);
    if (expCoin(remainder, sigma, random)) return remainder;
  }
}

/** Algorithm 2, second half: v with probability in proportion to exp(−v). */
function laplaceMultiple(random: UniformIntegers): number {
  let multiple = 0;
  while (expCoin(1, 1, random)) multiple += 1;
  return multiple;
}

/**
 * True with probability exp(−(u + vσ − σ)² / 2σ²). For v = 0 the distance is σ − u, at most σ. Otherwise it is u + kσ
 * with k = v − 1, and its square falls apart: exp(−½)^(k²) · exp(−u/σ)^k · exp(−u² / 2σ²).
 */
function isKept(multiple: number, remainder: number, sigma: number, random: UniformIntegers): boolean {
  if (multiple === 0) return halfSquareExpCoin(sigma - remainder, sigma, random);
  const whole = multiple - 1;
  return (
    allHeads(whole * whole, () => expCoin(1, 2, random)) &&
    allHeads(whole, () => expCoin(remainder, sigma, random)) &&
    halfSquareExpCoin(remainder, sigma, random)
  );
}

function allHeads(count: number, coin: () => boolean): boolean {
  for (let thrown = 0; thrown < count; thrown++) {
    if (!coin()) return false;
  }
  return true;
}

/** Algorithm 1: true with probability exp(−numerator / denominator), for a numerator of at most the denominator. */
function expCoin(numerator: number, denominator: number, random: UniformIntegers): boolean {
  let turn = 1;
  while (chance(1, turn, random) && chance(numerator, denominator, random)) turn += 1;
  return turn % 2 === 1;
}

/** Algorithm 1 for ½ (distance / scale)²: the square is two coins that must both fall, so it is never computed. */
function halfSquareExpCoin(distance: number, scale: number, random: UniformIntegers): boolean {
  let turn = 1;
  while (chance(1, 2 * turn, random) && chance(distance, scale, random) && chance(distance, scale, random)) turn += 1;
  return turn % 2 === 1;
}

/** True with probability numerator / denominator, exactly. */
function chance(numerator: number, denominator: number, random: UniformIntegers): boolean {
  return random.integer(denominator) < numerator;
}
