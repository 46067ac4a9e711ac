import type { Clock } from '@sedge/kit';

/** Measures how long each named part takes. */
export class Phases {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #seconds: Record<string, number> = {};
  readonly #startedMs: number;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  /** Rounded to hundredths, by name of the part, and in all since this was made. */
  get seconds(): Readonly<Record<string, number>> {
    return { ...this.#seconds, total: this.#since(this.#startedMs) };
  }

  async measure<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const startedMs = this.#clock.monotonicMs();
    try {
      return await work();
    } finally {
      this.#seconds[name] = this.#since(startedMs);
    }
  }

  #since(startedMs: number): number {
    return Math.round((this.#clock.monotonicMs() - startedMs) / 10) / 100;
  }
}
