import type { Digest, ErrorCode, NodeId, RunId, RunPlan } from '@sedge/protocol';
import type { PrivacySpending } from '../privacy/accountant.ts';
import type { Failure, Metrics, Round, RoundEffect, RoundEvent } from './round-state.ts';

/** created → running → finished, failed or stopped. */
export type RunState = 'created' | 'running' | 'finished' | 'failed' | 'stopped';

/** A run as it is stored: plain JSON, the result of its events. */
export interface Run {
  readonly id: RunId;
  readonly plan: RunPlan;
  readonly state: RunState;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** The nodes that held the data set when the run started. Fixed: sampling and denominator refer to it. */
  readonly population: readonly NodeId[];
  /** The weights that the first round started from. */
  readonly initialWeights?: Digest;
  /** The weights that the next round starts from. */
  readonly weights?: Digest;
  /** What the rounds planned so far have spent, the open one included. */
  readonly spending: PrivacySpending;
  readonly epsilon: number;
  /** The open round. */
  readonly round?: Round;
  readonly records: readonly RoundRecord[];
  readonly failure?: Failure;
}

/** One line of the history of a run. */
export interface RoundRecord extends Metrics {
  readonly round: number;
  /** An abandoned round changed no weights; what it reserved of epsilon stays spent. */
  readonly outcome: 'completed' | 'abandoned';
  readonly cohort: number;
  readonly updates: number;
  readonly declined: number;
  /** What the run has spent up to here, with this round. */
  readonly epsilon?: number;
  readonly seconds: number;
  readonly endedAt: number;
  readonly weights?: Digest;
  readonly failure?: Failure;
}

export type RunEvent =
  | { readonly kind: 'started'; readonly at: number; readonly population: readonly NodeId[]; readonly weights: Digest }
  | { readonly kind: 'round-planned'; readonly at: number; readonly round: number }
  | { readonly kind: 'round'; readonly round: number; readonly event: RoundEvent }
  | { readonly kind: 'stopped'; readonly at: number }
  | { readonly kind: 'failed'; readonly at: number; readonly code: ErrorCode; readonly detail: string };

export type RunEffect =
  /** Enter the round in the ledger, then answer with `round-planned`: that event reserves its epsilon. */
  | { readonly kind: 'plan-round'; readonly round: number }
  | { readonly kind: 'round'; readonly round: number; readonly effect: RoundEffect }
  | { readonly kind: 'end'; readonly state: 'finished' | 'failed' | 'stopped' };

export interface AdvancedRun {
  readonly run: Run;
  readonly effects: readonly RunEffect[];
  /** The event was not taken, for this reason; the run is unchanged. */
  readonly refused?: ErrorCode;
}
