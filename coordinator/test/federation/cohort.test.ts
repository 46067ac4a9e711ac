import { seededRandomness } from '@sedge/kit';
import type { NodeId } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { drawCohort } from '../../src/federation/cohort.ts';

const population = Array.from({ length: 50 }, (_, index) => `node-${index}` as NodeId);

describe('drawCohort', () => {
  it('takes all of the population', () => {
    expect(drawCohort({ sampling: 'all' }, population, seededRandomness('x'))).toEqual(population);
    expect(drawCohort({ sampling: 'all' }, [], seededRandomness('x'))).toEqual([]);
  });

  it('flips an independent coin for every node', () => {
    const random = seededRandomness('coins');
    const rounds = 2_000;
    const rate = 0.1;
    const sizes: number[] = [];
    const drawnTogether = { both: 0, first: 0 };
    for (let round = 0; round < rounds; round++) {
      const cohort = drawCohort({ sampling: 'poisson', rate }, population, random);
      sizes.push(cohort.length);
      if (cohort[0] === population[0]) drawnTogether.first += 1;
      if (cohort[0] === population[0] && cohort[1] === population[1]) drawnTogether.both += 1;
    }
    const mean = sizes.reduce((sum, size) => sum + size, 0) / rounds;
    const variance = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / rounds;
    // Binomial(50, 0.1): mean 5, variance 4.5; four standard errors. A fixed cohort would have variance 0.
    expect(Math.abs(mean - 5)).toBeLessThan(4 * Math.sqrt(4.5 / rounds));
    expect(Math.abs(variance / 4.5 - 1)).toBeLessThan(4 * Math.sqrt(2 / rounds));
    expect(Math.abs(drawnTogether.first / rounds - 0.1)).toBeLessThan(4 * Math.sqrt(0.09 / rounds));
    expect(Math.abs(drawnTogether.both / rounds - 0.01)).toBeLessThan(4 * Math.sqrt(0.0099 / rounds));
  });

  it('may draw nobody: a small Poisson cohort is empty now and then', () => {
    const random = seededRandomness('empty');
    const draws = Array.from({ length: 100 }, () =>
      drawCohort({ sampling: 'poisson', rate: 0.01 }, population, random),
    );
    // 0.99^50 = 0.605 of them.
    const empty = draws.filter((cohort) => cohort.length === 0).length;
    expect(Math.abs(empty - 60.5)).toBeLessThan(4 * Math.sqrt(100 * 0.605 * 0.395));
  });

  it('takes everybody at a rate of 1', () => {
    expect(drawCohort({ sampling: 'poisson', rate: 1 }, population, seededRandomness('x'))).toEqual(population);
  });

  it('leaves out who takes no work, without another coin for anybody else', () => {
    const [tired] = population;
    const takesWork = (node: NodeId): boolean => node !== tired;
    const others = population.filter(takesWork);
    expect(drawCohort({ sampling: 'all' }, population, seededRandomness('x'), takesWork)).toEqual(others);
    for (let seed = 0; seed < 20; seed++) {
      const draw = (takes?: typeof takesWork): NodeId[] =>
        drawCohort({ sampling: 'poisson', rate: 0.5 }, population, seededRandomness(`coins ${seed}`), takes);
      expect(draw(takesWork)).toEqual(draw().filter(takesWork));
      const fraction = { sampling: 'fraction', rate: 0.98 } as const;
      expect(drawCohort(fraction, population, seededRandomness(`draw ${seed}`), takesWork)).toEqual(others);
    }
  });

  it.each([
    [0.1, 5],
    [0.11, 6],
    [0.001, 1],
    [1, 50],
  ])('takes an exact number for the fraction %d: %i of 50', (rate, size) => {
    const cohort = drawCohort({ sampling: 'fraction', rate }, population, seededRandomness('x'));
    expect(cohort).toHaveLength(size);
    expect(new Set(cohort).size).toBe(size);
  });

  it('draws every node of a fraction equally often', () => {
    const random = seededRandomness('fractions');
    const counts = new Map<NodeId, number>();
    for (let round = 0; round < 2_000; round++) {
      for (const node of drawCohort({ sampling: 'fraction', rate: 0.2 }, population, random)) {
        counts.set(node, (counts.get(node) ?? 0) + 1);
      }
    }
    const statistic = population.reduce((sum, node) => sum + ((counts.get(node) ?? 0) - 400) ** 2 / 400, 0);
    // Below chi-square with 49 degrees of freedom (draws without replacement vary less): 99.9% point 85.35.
    expect(statistic).toBeLessThan(85.35);
  });
});
