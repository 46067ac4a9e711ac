import type { Randomness } from './randomness.ts';

export interface BackoffOptions {
  /** The bound of the first wait. */
  readonly baseMs: number;
  /** No wait is longer. */
  readonly capMs: number;
  readonly randomness: Pick<Randomness, 'uniform'>;
}

/**
 * Exponential waits with full jitter: uniform over [0, min(cap, base · 2ⁿ)). Of the usual kinds of jitter it spreads
 * a crowd of reconnecting clients best (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempts = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Waits that were handed out since the last reset. */
  get attempts(): number {
    return this.#attempts;
  }

  nextMs(): number {
    const { baseMs, capMs, randomness } = this.#options;
    const boundMs = Math.min(capMs, baseMs * 2 ** this.#attempts);
    this.#attempts += 1;
    return randomness.uniform() * boundMs;
  }

  /** After a success: the next failure waits shortly again. */
  reset(): void {
    this.#attempts = 0;
  }
}
