import type { Clock } from '@sedge/kit';
import { childrenOf, proportionalBytes } from './process-memory.ts';
import { slopePerMinute, type Sample } from './trend.ts';

export interface MemoryTrend {
  readonly bytes: number;
  readonly bytesPerMinute: number;
}

/** The share of all samples in which a child must be seen to count as one that stayed. */
const STAYED = 0.9;
/** Code is compiled and pools are filled at first: what counts is what comes after. */
const WARM_UP = 0.2;

/** Samples the memory of a process and of its children. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #series = new Map<number, Sample[]>();
  #samples = 0;

  constructor(pid: number, clock: Pick<Clock, 'monotonicMs'>) {
    this.#pid = pid;
    this.#clock = clock;
  }

  async sample(): Promise<void> {
    this.#samples += 1;
    for (const pid of [this.#pid, ...(await childrenOf(this.#pid))]) {
      const value = await proportionalBytes(pid);
      const series = this.#series.get(pid) ?? [];
      if (value !== undefined) this.#series.set(pid, [...series, { atMs: this.#clock.monotonicMs(), value }]);
    }
  }

  get parent(): MemoryTrend {
    return trendOf(this.#series.get(this.#pid) ?? []);
  }

  /** Those that lived all the time; the others were ended on purpose. */
  get children(): MemoryTrend[] {
    const stayed = [...this.#series].filter(
      ([pid, { length }]) => pid !== this.#pid && length >= STAYED * this.#samples,
    );
    return stayed.map(([, samples]) => trendOf(samples));
  }
}

function trendOf(samples: readonly Sample[]): MemoryTrend {
  const warm = samples.slice(Math.floor(WARM_UP * samples.length));
  return { bytes: warm.at(-1)?.value ?? 0, bytesPerMinute: Math.round(slopePerMinute(warm)) };
}
