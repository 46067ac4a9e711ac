import type { Clock } from '@sedge/kit';

/** Measures how long each named part takes. */
export class Phases {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #seconds: Record<string, number> = {};

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Rounded to hundredths, by name of the part. */
  get seconds(): Readonly<Record<string, number>> {
    return { ...this.#seconds };
  }

  async measure<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const startedMs = this.#clock.monotonicMs();
    try {
      return await work();
    } finally {
      this.#seconds[name] = Math.round((this.#clock.monotonicMs() - startedMs) / 10) / 100;
    }
  }
}
