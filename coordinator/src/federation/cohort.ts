import type { Randomness } from '@sedge/kit';
import type { CohortPlan, NodeId } from '@sedge/protocol';

/**
 * The nodes of one round, in the order of the population. The population is fixed for the run: a node that is away
 * stays drawn and contributes nothing, because leaving it out would make the sampling depend on the nodes. One that
 * says that it takes no work is left out: of a fraction before the draw, so that another one comes in its place, and
 * after the coins, so that nobody's chance changes.
 *
 * Poisson coins decide what privacy may claim: they come from `systemRandomness`, never from the plan's seed.
 */
export function drawCohort(
  cohort: CohortPlan,
  population: readonly NodeId[],
  random: Pick<Randomness, 'uniform' | 'shuffle'>,
  takesWork: (node: NodeId) => boolean = () => true,
): NodeId[] {
  switch (cohort.sampling) {
    case 'all':
      return population.filter(takesWork);
    case 'poisson':
      return population.filter(() => random.uniform() < cohort.rate).filter(takesWork);
    case 'fraction':
      return exactFraction(cohort.rate, population, random, takesWork);
  }
}

/** The nearest whole number of nodes, at least one, every subset of that size as likely as any other. */
function exactFraction(
  rate: number,
  population: readonly NodeId[],
  random: Pick<Randomness, 'shuffle'>,
  takesWork: (node: NodeId) => boolean,
): NodeId[] {
  const size = Math.max(1, Math.round(rate * population.length));
  const drawn = new Set(random.shuffle(population).filter(takesWork).slice(0, size));
  return population.filter((node) => drawn.has(node));
}
