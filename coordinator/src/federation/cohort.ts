import type { Randomness } from '@sedge/kit';
import type { CohortPlan, NodeId } from '@sedge/protocol';

/**
 * The nodes of one round, in the order of the population. The population is fixed for the run: a node that is away
 * stays drawn and contributes nothing, because leaving it out would make the sampling depend on the nodes.
 *
 * Poisson coins decide what privacy may claim: they come from `systemRandomness`, never from the plan's seed.
 */
export function drawCohort(
  cohort: CohortPlan,
  population: readonly NodeId[],
  random: Pick<Randomness, 'uniform' | 'shuffle'>,
): NodeId[] {
  switch (cohort.sampling) {
    case 'all':
      return [...population];
    case 'poisson':
      return population.filter(() => random.uniform() < cohort.rate);
    case 'fraction':
      return exactFraction(cohort.rate, population, random);
  }
}

/** The nearest whole number of nodes, at least one, every subset of that size as likely as any other. */
function exactFraction(rate: number, population: readonly NodeId[], random: Pick<Randomness, 'shuffle'>): NodeId[] {
  const size = Math.max(1, Math.round(rate * population.length));
  const drawn = new Set(random.shuffle(population).slice(0, size));
  return population.filter((node) => drawn.has(node));
}
