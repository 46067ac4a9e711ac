import type { Digest, ErrorCode, NodeId } from '@sedge/protocol';

/** planned → offered → training → closed → aggregated → evaluated → recorded, or from any of them → abandoned → recorded. */
export type RoundState =
  | 'planned'
  | 'offered'
  | 'training'
  | 'closed'
  | 'aggregated'
  | 'evaluated'
  | 'abandoned'
  | 'recorded';

export interface RoundSettings {
  readonly round: number;
  readonly timeoutMs: number;
  /**
   * With fewer updates the round changes nothing. Under privacy this is 0: whether noise is released must not depend
   * on how many nodes the coins drew, since accounting covers the noisy sum and no second, exact answer.
   */
  readonly updatesMin: number;
  readonly isEvaluated: boolean;
}

export interface StoredUpdate {
  readonly digest: Digest;
  /** Only without privacy. */
  readonly examples?: number;
  readonly norm?: number;
}

export type Participation = 'invited' | 'accepted' | 'declined' | 'lost' | 'updated';

export interface Participant {
  readonly node: NodeId;
  readonly participation: Participation;
  readonly update?: StoredUpdate;
  /** Why the node declined. */
  readonly code?: string;
}

export interface Metrics {
  readonly accuracy?: number;
  readonly loss?: number;
  /** That the figures are of, where it is known. */
  readonly examples?: number;
}

export interface Failure {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** A round as it is stored: plain JSON, the result of its events. */
export interface Round extends RoundSettings {
  readonly state: RoundState;
  readonly plannedAt: number;
  /** How often offers were published: after a restart they are published again. */
  readonly attempt: number;
  /** Undefined until the cohort is drawn; an empty cohort is a cohort. */
  readonly participants?: readonly Participant[];
  readonly deadlineAt?: number;
  readonly closeReason?: CloseReason;
  readonly weights?: Digest;
  readonly metrics?: Metrics;
  readonly failure?: Failure;
  readonly recordedAt?: number;
}

export type CloseReason = 'complete' | 'deadline' | 'stopped' | 'failed';

/** Everything that can happen to a round. `at` is the coordinator's time in milliseconds. */
export type RoundEvent =
  | { readonly kind: 'cohort-drawn'; readonly at: number; readonly cohort: readonly NodeId[] }
  | { readonly kind: 'offered'; readonly at: number }
  | { readonly kind: 'accepted'; readonly at: number; readonly node: NodeId }
  | { readonly kind: 'declined'; readonly at: number; readonly node: NodeId; readonly code?: string }
  | { readonly kind: 'update-stored'; readonly at: number; readonly node: NodeId; readonly update: StoredUpdate }
  | { readonly kind: 'node-lost'; readonly at: number; readonly node: NodeId }
  | { readonly kind: 'deadline-passed'; readonly at: number }
  | { readonly kind: 'aggregated'; readonly at: number; readonly weights: Digest }
  | { readonly kind: 'evaluated'; readonly at: number; readonly metrics: Metrics }
  | { readonly kind: 'recorded'; readonly at: number }
  | { readonly kind: 'stopped'; readonly at: number }
  | { readonly kind: 'failed'; readonly at: number; readonly code: ErrorCode; readonly detail: string };

/** What the driver has to do. Each may be asked for again after a restart and must bear that. */
export type RoundEffect =
  | { readonly kind: 'draw-cohort' }
  | { readonly kind: 'publish-offers'; readonly attempt: number; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'await-deadline'; readonly at: number }
  /** Tells nodes that may still train, and refuses what comes late. */
  | { readonly kind: 'announce-close'; readonly reason: CloseReason; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'aggregate'; readonly updates: readonly (StoredUpdate & { readonly node: NodeId })[] }
  | { readonly kind: 'evaluate'; readonly weights: Digest }
  | { readonly kind: 'record' };
