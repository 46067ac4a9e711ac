import type { Log } from '@sedge/kit';

/** Who wants to hear of something. One that fails does not keep the others from hearing. */
export class Listeners<Heard extends readonly unknown[]> {
  readonly #log: Log;
  readonly #listeners = new Set<(...heard: Heard) => void>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Returns its undoing. */
  add(listener: (...heard: Heard) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(...heard: Heard): void {
    for (const listener of this.#listeners) {
      try {
        listener(...heard);
      } catch (error) {
        this.#log.error('a listener of the fleet failed', { error });
      }
    }
  }
}
