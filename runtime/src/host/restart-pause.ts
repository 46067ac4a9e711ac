import { Backoff } from '@sedge/kit';

const BASE_MS = 100;
const CAP_MS = 10_000;
/** After so long without a loss the next one counts as the first. */
const QUIET_MS = 60_000;

/** How long the successor of a lost guest waits: not at all at first, longer and longer when losses follow each other. */
export class RestartPause {
  // Jitter keeps a crowd apart; one host has no crowd to keep away from.
  readonly #backoff = new Backoff({ baseMs: BASE_MS, capMs: CAP_MS, randomness: { uniform: () => 1 } });
  #lastLossMs = Number.NEGATIVE_INFINITY;

  /** A guest was lost at this moment of the monotonic clock: the milliseconds that its successor waits. */
  next(nowMs: number): number {
    const isFirst = nowMs - this.#lastLossMs >= QUIET_MS;
    this.#lastLossMs = nowMs;
    if (!isFirst) return this.#backoff.nextMs();
    this.#backoff.reset();
    return 0;
  }
}
