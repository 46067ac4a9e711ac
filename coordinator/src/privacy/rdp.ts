/**
 * Rényi differential privacy of the Gaussian mechanism under Poisson sampling, for neighbours that differ by one node.
 *
 * Mironov, Talwar, Zhang: Rényi Differential Privacy of the Sampled Gaussian Mechanism (2019).
 * Canonne, Kamath, Steinke: The Discrete Gaussian for Differential Privacy (2020), proposition 12.
 */

/** A number of rounds that each took every node with probability `samplingRate` and added the same noise. */
export interface SampledGaussian {
  readonly samplingRate: number;
  /** Standard deviation of the noise over the L2 sensitivity of the sum. */
  readonly noiseMultiplier: number;
  readonly rounds: number;
}

/**
 * Orders are 1 + 10^(index / 2,000), from 1 + 10^-2 to 1 + 10^6: small budgets want high orders, large ones low orders.
 * Neighbours differ by 0.1%, and near a minimum epsilon changes with the square of that, by less than one in a million.
 */
const INDEXES_PER_DECADE = 2_000;
const INDEX_MIN = -2 * INDEXES_PER_DECADE;
const INDEX_MAX = 6 * INDEXES_PER_DECADE;
/** The first look takes ten orders to the decade. */
const COARSE_STEP = INDEXES_PER_DECADE / 10;
/** The largest amount by which the terms beside the divergence can lower epsilon once the order is above 2. */
const CONVERSION_GAIN_MAX = 2;

/** The smallest epsilon for which the rounds together are (epsilon, delta) private, by the best Rényi order. */
export function epsilonByRdp(mechanisms: readonly SampledGaussian[], delta: number): number {
  const active = mechanisms.filter(({ rounds, samplingRate }) => rounds > 0 && samplingRate > 0);
  if (active.length === 0) return 0;
  return bestEpsilon((index) => composedDivergence(active, orderAt(index)), delta);
}

/** Epsilon after 1, 2, … rounds of one mechanism: the same numbers, with each divergence computed once for all. */
export function epsilonsByRdp({ rounds, ...mechanism }: SampledGaussian, delta: number): number[] {
  if (mechanism.samplingRate === 0) return Array.from({ length: rounds }, () => 0);
  const divergences = new Map<number, number>();
  const divergenceAt = (index: number): number => {
    const divergence = divergences.get(index) ?? renyiDivergence(mechanism, orderAt(index));
    divergences.set(index, divergence);
    return divergence;
  };
  return Array.from({ length: rounds }, (_, round) => bestEpsilon((index) => (round + 1) * divergenceAt(index), delta));
}

/** Rényi divergence of the given order of one round. Infinite without noise, 0 when nobody is sampled. */
export function renyiDivergence(
  { samplingRate, noiseMultiplier }: Omit<SampledGaussian, 'rounds'>,
  order: number,
): number {
  if (samplingRate === 0) return 0;
  if (noiseMultiplier === 0) return Number.POSITIVE_INFINITY;
  if (samplingRate === 1) return order / (2 * noiseMultiplier ** 2);
  return Math.max(0, logMoment(samplingRate, noiseMultiplier, order) / (order - 1));
}

/** The tighter conversion: proposition 12 of Canonne et al., equal to theorem 21 of Balle et al. 2020. */
export function epsilonOfOrder(divergence: number, order: number, delta: number): number {
  return divergence + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1);
}

function composedDivergence(mechanisms: readonly SampledGaussian[], order: number): number {
  return mechanisms.reduce((sum, mechanism) => sum + mechanism.rounds * renyiDivergence(mechanism, order), 0);
}

/**
 * The logarithm of E[(1 − q + q·exp((2z − 1) / 2σ²))^order] for z ~ N(0, σ²), for any real order above 1.
 *
 * The trapezoidal rule is used in place of the paper's pair of alternating series, which loses digits by cancellation
 * and does not converge within a thousand terms at low orders. The integrand is analytic up to its branch points at a
 * distance of πσ² from the real axis and falls off like a Gaussian, so that the error of the rule is of the order of
 * exp(−2π · πσ² / step) + exp(−2π² σ² / step²): below the last bit for the step taken here (Trefethen, Weideman 2014).
 */
function logMoment(samplingRate: number, sigma: number, order: number): number {
  const step = Math.min(sigma / 8, sigma ** 2 / 2);
  const tail = 10 * sigma;
  const count = Math.ceil((order + 2 * tail) / step);
  const logTerm = (index: number): number => {
    const z = -tail + index * step;
    const exponent = (2 * z - 1) / (2 * sigma ** 2);
    return order * logMixture(samplingRate, exponent) - z ** 2 / (2 * sigma ** 2);
  };
  return logSumExp(count, logTerm) + Math.log(step / (sigma * Math.sqrt(2 * Math.PI)));
}

/** log(1 − q + q·exp(x)), without overflow. */
function logMixture(samplingRate: number, exponent: number): number {
  if (exponent < 1) return Math.log1p(samplingRate * Math.expm1(exponent));
  return exponent + Math.log(samplingRate) + Math.log1p(((1 - samplingRate) / samplingRate) * Math.exp(-exponent));
}

/** log of the sum of exp(term), scaled by the largest term so far so that nothing overflows. */
function logSumExp(count: number, logTerm: (index: number) => number): number {
  let largest = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let index = 0; index <= count; index++) {
    const term = logTerm(index);
    if (term <= largest) {
      sum += Math.exp(term - largest);
    } else {
      sum = sum * Math.exp(largest - term) + 1;
      largest = term;
    }
  }
  return largest + Math.log(sum);
}

function orderAt(index: number): number {
  return 1 + 10 ** (index / INDEXES_PER_DECADE);
}

/** Coarse orders first, then the bottom of the valley around the best of them. */
function bestEpsilon(divergenceAt: (index: number) => number, delta: number): number {
  const epsilonAt = (index: number): number => epsilonOfOrder(divergenceAt(index), orderAt(index), delta);
  const coarse = bestCoarseIndex(epsilonAt);
  let [low, high] = [coarse - COARSE_STEP, coarse + COARSE_STEP];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (epsilonAt(middle) <= epsilonAt(middle + 1)) high = middle;
    else low = middle + 1;
  }
  return Math.max(0, Math.min(epsilonAt(coarse), epsilonAt(low)));
}

/** Walks the orders upwards; the divergence grows with the order, so the walk ends where it alone exceeds the best. */
function bestCoarseIndex(epsilonAt: (index: number) => number): number {
  let best = { index: INDEX_MIN, epsilon: Number.POSITIVE_INFINITY };
  for (let index = INDEX_MIN; index <= INDEX_MAX; index += COARSE_STEP) {
    const epsilon = epsilonAt(index);
    if (epsilon < best.epsilon) best = { index, epsilon };
    if (index > 0 && epsilon > best.epsilon + CONVERSION_GAIN_MAX) break;
  }
  return best.index;
}
