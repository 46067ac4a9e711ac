import type { Clock } from '@sedge/kit';
import type { PullProgress } from '@sedge/protocol';

interface Sample {
  readonly atMs: number;
  readonly doneBytes: number;
}

/** The rate is that of the last seconds, so that a stalled road shows. */
const WINDOW_MS = 5_000;
/** Bounds the samples of a window; chunks may come thousands of times in a second. */
const SAMPLE_MS = 100;

/** How far a pull is, and how long it will take. What was here before it began counts as done, but not as speed. */
export class PullMeter {
  readonly #totalBytes: number;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #samples: readonly Sample[] = [];
  #doneBytes = 0;

  constructor(totalBytes: number, clock: Pick<Clock, 'monotonicMs'>) {
    this.#totalBytes = totalBytes;
    this.#clock = clock;
  }

  note(doneBytes: number): void {
    this.#doneBytes = Math.min(doneBytes, this.#totalBytes);
    const atMs = this.#clock.monotonicMs();
    const last = this.#samples.at(-1);
    if (last !== undefined && atMs - last.atMs < SAMPLE_MS) return;
    const recent = this.#samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS);
    this.#samples = [...recent, { atMs, doneBytes: this.#doneBytes }];
  }

  get progress(): PullProgress {
    const counts = { doneBytes: this.#doneBytes, totalBytes: this.#totalBytes };
    const bytesPerS = this.#bytesPerS();
    if (bytesPerS === undefined) return counts;
    const leftBytes = this.#totalBytes - this.#doneBytes;
    return { ...counts, bytesPerS, ...(bytesPerS > 0 && { secondsLeft: Math.ceil(leftBytes / bytesPerS) }) };
  }

  #bytesPerS(): number | undefined {
    const [first] = this.#samples;
    if (first === undefined) return undefined;
    const elapsedMs = this.#clock.monotonicMs() - first.atMs;
    if (elapsedMs < SAMPLE_MS) return undefined;
    return Math.round((1_000 * (this.#doneBytes - first.doneBytes)) / elapsedMs);
  }
}
