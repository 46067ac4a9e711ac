import { describe, expect, it } from 'vitest';
import { epsilonByRound, NOTHING_SPENT, type PrivacySpending } from '../../src/privacy/accountant.ts';
import { reserveRound } from '../../src/privacy/reserve.ts';

const mechanism = { samplingRate: 1, noiseMultiplier: 4 };
const delta = 1e-3;

function grantedRounds(epsilonMax: number): number {
  let spending: PrivacySpending = NOTHING_SPENT;
  for (let rounds = 0; ; rounds++) {
    const reservation = reserveRound(spending, mechanism, { epsilonMax, delta });
    if (!reservation.granted) return rounds;
    spending = reservation.spending;
  }
}

describe('reserveRound', () => {
  it('grants rounds up to the budget, the last one exactly at it, and refuses the next', () => {
    const tenth = epsilonByRound(mechanism, 10, delta).at(-1) ?? 0;
    expect(grantedRounds(tenth)).toBe(10);
    expect(grantedRounds(tenth * (1 - 1e-9))).toBe(9);
  });

  it('books what it grants and says how much that makes', () => {
    const reservation = reserveRound(NOTHING_SPENT, mechanism, { epsilonMax: 10, delta });
    expect(reservation).toEqual({
      granted: true,
      spending: { spent: [{ ...mechanism, rounds: 1 }] },
      epsilon: epsilonByRound(mechanism, 1, delta)[0],
    });
  });

  it('says how far a refused round would have gone', () => {
    const reservation = reserveRound(NOTHING_SPENT, mechanism, { epsilonMax: 0.1, delta });
    expect(reservation).toMatchObject({ granted: false, code: 'BUDGET_EXCEEDED' });
    expect(reservation.epsilon).toBeGreaterThan(0.1);
  });

  it('refuses a round without noise whatever the budget', () => {
    const bare = { samplingRate: 1, noiseMultiplier: 0 };
    expect(reserveRound(NOTHING_SPENT, bare, { epsilonMax: 1e9, delta }).granted).toBe(false);
  });
});
