import { type CohortPlan, type PrivacyPlan, type RunPlan, SedgeError } from '@sedge/protocol';
import { sampleDiscreteGaussian, STANDARD_DEVIATION_MAX, type UniformIntegers } from '../privacy/discrete-gaussian.ts';
import { type FixedPointSum, GRID_STEPS_PER_UNIT } from './fixed-point-sum.ts';
import { NORM_TOLERANCE } from './verify-update.ts';

/**
 * The narrowest noise, in grid steps. Accounting treats the discrete Gaussian as the continuous one, which holds
 * without sampling at any width (Canonne et al. 2020, theorem 4) and with sampling where the grid is fine against it.
 */
const NOISE_STEPS_MIN = 2 ** 10;

/** What an update counts: its examples, or under privacy 1, because examples would be a way to count for more. */
export function updateWeight(plan: Pick<RunPlan, 'privacy'>, examples: number | undefined): number {
  return plan.privacy === undefined ? (examples ?? 1) : 1;
}

/** The mean update of a round. Under privacy this is the release, so it is called once for a round. */
export function meanUpdate(
  plan: Pick<RunPlan, 'privacy' | 'cohort'>,
  sum: FixedPointSum,
  population: number,
  random: UniformIntegers,
): Float64Array<ArrayBuffer> {
  if (plan.privacy === undefined) return weightedMean(sum);
  return privateMean(sum, { ...plan.privacy, denominator: expectedUpdates(plan.cohort, population) }, random);
}

/** FedAvg (McMahan et al. 2017): the sum over the examples behind it. Throws TOO_FEW_UPDATES where nothing came. */
export function weightedMean(sum: FixedPointSum): Float64Array<ArrayBuffer> {
  if (sum.updates === 0) throw new SedgeError('TOO_FEW_UPDATES', 'there is no update to take the mean of');
  return sum.steps().map((steps) => steps / GRID_STEPS_PER_UNIT / sum.totalWeight);
}

export interface PrivateMean extends Pick<PrivacyPlan, 'clipNorm' | 'noiseMultiplier'> {
  /** The expected number of updates. Fixed before the coins fall, because the true number would tell who took part. */
  readonly denominator: number;
}

/** The noisy sum over a fixed denominator (McMahan et al. 2018). Without any update it is noise alone. */
export function privateMean(
  sum: FixedPointSum,
  { clipNorm, noiseMultiplier, denominator }: PrivateMean,
  random: UniformIntegers,
): Float64Array<ArrayBuffer> {
  if (sum.totalWeight !== sum.updates) throw new SedgeError('INTERNAL', 'under privacy every update weighs 1');
  const noise = sampleDiscreteGaussian(noiseSteps({ clipNorm, noiseMultiplier }), sum.length, random);
  return sum.steps().map((steps, index) => (steps + (noise[index] ?? 0)) / GRID_STEPS_PER_UNIT / denominator);
}

/**
 * Standard deviation of the noise on every coordinate of the sum, in grid steps, rounded up: never less than was
 * accounted for, also where an update uses the tolerance of its norm. Throws PLAN_INVALID outside of the grid's range.
 */
export function noiseSteps({ clipNorm, noiseMultiplier }: Pick<PrivacyPlan, 'clipNorm' | 'noiseMultiplier'>): number {
  const steps = Math.ceil(noiseMultiplier * clipNorm * (1 + NORM_TOLERANCE) * GRID_STEPS_PER_UNIT);
  if (steps >= NOISE_STEPS_MIN && steps <= STANDARD_DEVIATION_MAX) return steps;
  const [least, most] = [NOISE_STEPS_MIN, STANDARD_DEVIATION_MAX].map((bound) => bound / GRID_STEPS_PER_UNIT);
  throw new SedgeError(
    'PLAN_INVALID',
    `noise multiplier × clip norm must lie between ${least} and ${most}, it is ${noiseMultiplier * clipNorm}`,
    { expose: true },
  );
}

/** The mean number of nodes that a cohort has. */
export function expectedUpdates(cohort: CohortPlan, population: number): number {
  return cohort.sampling === 'all' ? population : cohort.rate * population;
}

/** The weights after a round: a step of the server along the mean update. Throws UPDATE_INVALID if they leave float32. */
export function applyMean(
  weights: Float32Array,
  mean: Float64Array,
  serverLearningRate: number,
): Float32Array<ArrayBuffer> {
  const next = Float32Array.from(weights, (weight, index) => weight + serverLearningRate * (mean[index] ?? Number.NaN));
  if (mean.length !== weights.length || !next.every(Number.isFinite)) {
    throw new SedgeError('UPDATE_INVALID', 'the mean update does not lead to finite weights of the same length');
  }
  return next;
}
