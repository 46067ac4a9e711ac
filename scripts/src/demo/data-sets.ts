import type { SharedSet } from './prepare-digits.ts';

/** The names under which nodes hold their share: a fifth of the digits, or a fiftieth. */
export const SHARED_BY_FIVE = 'digits-5';
export const SHARED_BY_FIFTY = 'digits-50';

/** For the run over five nodes, one in each process; and for the one over all fifty. */
export const DATA_SETS: readonly SharedSet[] = [
  { name: SHARED_BY_FIVE, among: 'processes' },
  { name: SHARED_BY_FIFTY, among: 'nodes' },
];
