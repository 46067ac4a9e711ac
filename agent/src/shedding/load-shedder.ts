import type { Log } from '@sedge/kit';
import { SedgeError, type Resources, type SheddingReason } from '@sedge/protocol';
import { afterReading, reasonOf, type SheddingLimits, TAKES_WORK } from './shedding.ts';

export interface LoadShedderOptions {
  readonly limits: SheddingLimits;
  readonly log: Log;
  /** Begins to take no work: what is under way and can wait should stop. */
  readonly onShed: (refusal: SedgeError) => void;
}

/** Whether this board takes work from the coordinator, by its last reading. */
export class LoadShedder {
  readonly #options: LoadShedderOptions;
  #shedding = TAKES_WORK;

  constructor(options: LoadShedderOptions) {
    this.#options = options;
  }

  /** Why it takes none; undefined while it does. */
  get reason(): SheddingReason | undefined {
    return reasonOf(this.#shedding);
  }

  /** Throws NODE_SHEDDING while no work is taken. */
  admit(): void {
    const { reason } = this;
    if (reason !== undefined) throw refusalFor(reason);
  }

  take(reading: Resources): void {
    const before = this.reason;
    this.#shedding = afterReading(this.#shedding, reading, this.#options.limits);
    if (this.reason !== before) this.#changed(before, reading);
  }

  #changed(before: SheddingReason | undefined, { temperatureC, throttling, battery }: Resources): void {
    const { log, onShed } = this.#options;
    const { reason } = this;
    const facts = { temperatureC, throttling: throttling?.reasons, battery };
    if (reason === undefined) return log.info('the node takes work again', { ...facts, reason: before });
    log.warn('the node takes no work', { ...facts, reason });
    if (before === undefined) onShed(refusalFor(reason));
  }
}

function refusalFor(reason: SheddingReason): SedgeError {
  return new SedgeError('NODE_SHEDDING', `reason: ${reason}`, { expose: true });
}
