import type { Clock } from '@sedge/kit';

/**
 * The coordinator's time, which tokens and expiries are measured by: a Pi has no clock of its own.
 * Measured against our monotonic clock, so that a time server that moves our wall clock does not move it.
 */
export class ServerClock {
  readonly #clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly #fallbackOffsetMs: number;
  #learned: { readonly serverMs: number; readonly monotonicMs: number } | undefined;

  /** `fallbackOffsetMs` is added to our own clock until a better word comes. */
  constructor(clock: Pick<Clock, 'now' | 'monotonicMs'>, fallbackOffsetMs: number) {
    this.#clock = clock;
    this.#fallbackOffsetMs = fallbackOffsetMs;
  }

  /** Whole milliseconds since 1970. */
  now(): number {
    if (this.#learned === undefined) return Math.round(this.#clock.now() + this.#fallbackOffsetMs);
    return Math.round(this.#learned.serverMs + (this.#clock.monotonicMs() - this.#learned.monotonicMs));
  }

  /** Milliseconds since the time was learned; infinite if it never was. */
  get ageMs(): number {
    return this.#learned === undefined ? Infinity : this.#clock.monotonicMs() - this.#learned.monotonicMs;
  }

  learn(serverMs: number): void {
    this.#learned = { serverMs, monotonicMs: this.#clock.monotonicMs() };
  }

  /** What was learned may be wrong, a broker refused us: ask again before the next attempt. */
  doubt(): void {
    this.#learned = undefined;
  }
}
