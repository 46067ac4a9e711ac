/** A connected node that has the version ready. */
export interface Candidate<Node> {
  readonly node: Node;
  /** Requests of ours that it works on. */
  readonly inflight: number;
  /** Its latency for this version now; undefined for one that was never asked. */
  readonly latencyMs: number | undefined;
}

export type Placement<Node> = { readonly node: Node } | { readonly refusal: 'none' | 'full' };

/** Latency of nodes of which none was asked yet: only their order matters. */
const UNKNOWN_MS = 1;

/**
 * The node with the least (requests in flight + 1) × latency. In a fleet of unequal boards this beats choosing by
 * requests alone, and choosing between two at random. A node that was never asked counts as the fastest known, so
 * that it is tried; of equals the turn decides.
 */
export function place<Node>(
  candidates: readonly Candidate<Node>[],
  { inflightMax, turn }: { readonly inflightMax: number; readonly turn: number },
): Placement<Node> {
  if (candidates.length === 0) return { refusal: 'none' };
  const open = candidates.filter(({ inflight }) => inflight < inflightMax);
  const optimisticMs = fastest(open);
  const costs = open.map(({ inflight, latencyMs = optimisticMs }) => (inflight + 1) * latencyMs);
  const least = costs.reduce((lowest, cost) => Math.min(lowest, cost), Number.POSITIVE_INFINITY);
  const equals = open.filter((_, index) => costs[index] === least);
  const chosen = equals[turn % equals.length];
  return chosen === undefined ? { refusal: 'full' } : { node: chosen.node };
}

function fastest(candidates: readonly Candidate<unknown>[]): number {
  const known = candidates.flatMap(({ latencyMs }) => latencyMs ?? []);
  return known.length === 0 ? UNKNOWN_MS : known.reduce((least, latencyMs) => Math.min(least, latencyMs));
}
