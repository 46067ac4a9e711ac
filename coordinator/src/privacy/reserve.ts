import { epsilonSpent, type PrivacySpending, type RoundMechanism, spend } from './accountant.ts';

export interface PrivacyBudget {
  readonly epsilonMax: number;
  readonly delta: number;
}

/** Either the spending with the round booked, or a refusal that says how far it would have gone. */
export type Reservation =
  | { readonly granted: true; readonly spending: PrivacySpending; readonly epsilon: number }
  | { readonly granted: false; readonly code: 'BUDGET_EXCEEDED'; readonly epsilon: number };

/**
 * Asked before a round is offered. What is granted counts as spent from here on, also when the round fails later:
 * a coordinator that dies between noise and record must never have spent less on paper than in fact.
 */
export function reserveRound(
  spending: PrivacySpending,
  mechanism: RoundMechanism,
  { epsilonMax, delta }: PrivacyBudget,
): Reservation {
  const booked = spend(spending, mechanism);
  const epsilon = epsilonSpent(booked, delta);
  if (!(epsilon <= epsilonMax)) return { granted: false, code: 'BUDGET_EXCEEDED', epsilon };
  return { granted: true, spending: booked, epsilon };
}
