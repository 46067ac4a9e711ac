/** What is known of how long one node takes for one model. */
export interface Latency {
  readonly averageMs: number;
  /** When it was last measured, on the monotonic clock. */
  readonly atMs: number;
}

/** The half-life of Finagle's peak-EWMA balancer by default. */
const HALF_LIFE_MS = 10_000;
/** A node is never so fast that requests under way stop to count. */
const LEAST_MS = 0.1;

/**
 * A peak-sensitive moving average, after Finagle's `PeakEwma`: a sample above the average replaces it at once, one
 * below pulls it down by the time since the last.
 */
export function measured(before: Latency | undefined, sampleMs: number, nowMs: number): Latency {
  const current = before === undefined ? sampleMs : averageAt(before, nowMs);
  if (before === undefined || sampleMs >= current) return { averageMs: Math.max(sampleMs, LEAST_MS), atMs: nowMs };
  const kept = decay(nowMs - before.atMs);
  const averageMs = before.averageMs * kept + sampleMs * (1 - kept);
  return { averageMs: Math.max(averageMs, LEAST_MS), atMs: nowMs };
}

/** Fades while nothing is measured, so that a node that was once slow is tried again. */
export function averageAt({ averageMs, atMs }: Latency, nowMs: number): number {
  return Math.max(averageMs * decay(nowMs - atMs), LEAST_MS);
}

function decay(elapsedMs: number): number {
  return 2 ** (-Math.max(0, elapsedMs) / HALF_LIFE_MS);
}
