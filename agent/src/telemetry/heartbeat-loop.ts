import type { Clock, Log, Randomness } from '@sedge/kit';

export interface HeartbeatLoopOptions {
  readonly intervalMs: number;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly randomness: Pick<Randomness, 'uniform'>;
  readonly log: Log;
  readonly beat: () => Promise<void>;
}

/** A fleet that was switched on at once must not speak at once for ever: intervals vary by so much to both sides. */
const JITTER = 0.1;

/** Calls `beat` again and again, one call at a time, until it is stopped. */
export class HeartbeatLoop {
  readonly #options: HeartbeatLoopOptions;
  #running: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(options: HeartbeatLoopOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running !== undefined) return;
    const abort = new AbortController();
    this.#running = { abort, ended: this.#run(abort.signal) };
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    running?.abort.abort();
    await running?.ended;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { intervalMs, clock, randomness, log, beat } = this.#options;
    while (!signal.aborted) {
      await beat().catch((error: unknown) => log.error('a heartbeat failed', { error }));
      const waitMs = intervalMs * (1 - JITTER + 2 * JITTER * randomness.uniform());
      // Rejects only when the loop is stopped meanwhile.
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }
}
