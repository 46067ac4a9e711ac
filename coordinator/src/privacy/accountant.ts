import { type CohortPlan, type RunPlan, SedgeError } from '@sedge/protocol';
import { epsilonByRdp, epsilonsByRdp, type SampledGaussian } from './rdp.ts';

/** How one round adds noise, which is all that its price depends on. */
export type RoundMechanism = Omit<SampledGaussian, 'rounds'>;

/** What rounds have spent so far. Plain JSON: it is stored with the run and rebuilt from its events. */
export interface PrivacySpending {
  readonly spent: readonly SampledGaussian[];
}

export const NOTHING_SPENT: PrivacySpending = { spent: [] };

/** Noise multipliers are looked for in this range; outside of it a plan protects nothing or learns nothing. */
const NOISE_MULTIPLIER_MIN = 2 ** -6;
const NOISE_MULTIPLIER_MAX = 2 ** 20;
const NOISE_PRECISION = 1e-6;

/** Books rounds. Rounds of the same mechanism are one entry, so that the value stays small. */
export function spend({ spent }: PrivacySpending, mechanism: RoundMechanism, rounds = 1): PrivacySpending {
  const isSame = (entry: SampledGaussian): boolean =>
    entry.samplingRate === mechanism.samplingRate && entry.noiseMultiplier === mechanism.noiseMultiplier;
  const before = spent.find(isSame)?.rounds ?? 0;
  const { samplingRate, noiseMultiplier } = mechanism;
  return {
    spent: [...spent.filter((entry) => !isSame(entry)), { samplingRate, noiseMultiplier, rounds: before + rounds }],
  };
}

/** The epsilon of everything that was spent. */
export function epsilonSpent({ spent }: PrivacySpending, delta: number): number {
  return epsilonByRdp(spent, delta);
}

/** Epsilon after each of so many rounds alike: what a history shows, and what a plan promises. */
export function epsilonByRound(mechanism: RoundMechanism, rounds: number, delta: number): number[] {
  return epsilonsByRdp({ ...mechanism, rounds }, delta);
}

/** What a whole run will spend; undefined for a run without privacy. */
export function planEpsilon(plan: Pick<RunPlan, 'rounds' | 'cohort' | 'privacy'>): number | undefined {
  if (plan.privacy === undefined) return undefined;
  return epsilonByRdp([{ ...mechanismOf(plan.cohort, plan.privacy), rounds: plan.rounds }], plan.privacy.delta);
}

export function mechanismOf(cohort: CohortPlan, { noiseMultiplier }: { noiseMultiplier: number }): RoundMechanism {
  return { samplingRate: accountedSamplingRate(cohort), noiseMultiplier };
}

/**
 * The rate that accounting may count on. Only coins that the coordinator flips for every node independently amplify;
 * a cohort of fixed size is not Poisson sampling, and is accounted as if every node were in every round.
 */
export function accountedSamplingRate(cohort: CohortPlan): number {
  return cohort.sampling === 'poisson' ? cohort.rate : 1;
}

export interface NoiseTarget {
  readonly targetEpsilon: number;
  readonly delta: number;
  readonly rounds: number;
  readonly samplingRate: number;
}

/** The smallest noise multiplier, to a millionth, that keeps the rounds within the target: never above it. */
export function calibrateNoise({ targetEpsilon, delta, rounds, samplingRate }: NoiseTarget): number {
  const fits = (noiseMultiplier: number): boolean =>
    epsilonByRdp([{ samplingRate, noiseMultiplier, rounds }], delta) <= targetEpsilon;
  let [low, high] = [NOISE_MULTIPLIER_MIN, NOISE_MULTIPLIER_MIN];
  while (!fits(high)) {
    [low, high] = [high, high * 2];
    if (high > NOISE_MULTIPLIER_MAX) {
      throw new SedgeError('BUDGET_EXCEEDED', `no noise keeps ${rounds} rounds within epsilon ${targetEpsilon}`);
    }
  }
  while (high > low * (1 + NOISE_PRECISION)) {
    const middle = Math.sqrt(low * high);
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return high;
}
