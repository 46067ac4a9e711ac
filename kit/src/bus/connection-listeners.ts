import type { Log } from '../log.ts';

type Listener = (connected: boolean) => void;

/** Whether a bus is connected, and who wants to hear when that changes. */
export class ConnectionListeners {
  readonly #log: Log;
  readonly #listeners = new Set<Listener>();
  #connected = false;

  constructor(log: Log) {
    this.#log = log;
  }

  get connected(): boolean {
    return this.#connected;
  }

  add(listener: Listener): () => void {
    // A function of its own for each call, so that the same listener added twice is removed once.
    const own: Listener = (connected) => listener(connected);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  set(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) this.#tell(listener, connected);
  }

  #tell(listener: Listener, connected: boolean): void {
    try {
      listener(connected);
    } catch (error) {
      this.#log.error('a listener to the connection failed', { error });
    }
  }
}
