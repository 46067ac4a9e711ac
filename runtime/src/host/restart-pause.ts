import { Backoff } from '@sedge/kit';

const BASE_MS = 100;
const CAP_MS = 10_000;
/** A guest that has lived for so long shows that its start was not the cause of its end. */
const QUIET_MS = 10_000;

/** How long the successor of a lost guest waits: not at all at first, longer and longer when losses follow each other. */
export class RestartPause {
  // Jitter keeps a crowd apart; one host has no crowd to keep away from.
  readonly #backoff = new Backoff({ baseMs: BASE_MS, capMs: CAP_MS, randomness: { uniform: () => 1 } });
  #lastStartMs = Number.NEGATIVE_INFINITY;

  /** A guest was lost at this moment of the monotonic clock: the milliseconds that its successor waits. */
  next(nowMs: number): number {
    const isFirst = nowMs - this.#lastStartMs >= QUIET_MS;
    if (isFirst) this.#backoff.reset();
    const pauseMs = isFirst ? 0 : this.#backoff.nextMs();
    this.#lastStartMs = nowMs + pauseMs;
    return pauseMs;
  }
}
