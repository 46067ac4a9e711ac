/** Lets a training through between two chunks, or holds it there. */
export class PauseGate {
  #opening: Promise<void> | undefined;
  #open: () => void = () => undefined;

  get isPaused(): boolean {
    return this.#opening !== undefined;
  }

  /** Fine twice. */
  pause(): void {
    this.#opening ??= new Promise((resolve) => (this.#open = resolve));
  }

  /** Fine twice. */
  resume(): void {
    this.#open();
    this.#opening = undefined;
  }

  /** Resolves at once unless paused. Throws the reason of the signal when that aborts meanwhile. */
  async passed(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const opening = this.#opening;
    if (opening === undefined) return;
    await Promise.race([opening, whenAborted(signal)]);
    // It may have been paused again before we got here.
    await this.passed(signal);
  }
}

/** Rejects with the reason of the signal. */
function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
