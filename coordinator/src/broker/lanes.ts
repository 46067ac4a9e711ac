type Task = () => void | Promise<void>;

/**
 * Runs tasks of one key one after another and tasks of different keys independently. A task of an idle lane runs at
 * once, so that most messages never wait; a lane exists only while something of it is under way.
 */
export class Lanes {
  readonly #waitingMax: number;
  readonly #onError: (key: string, error: unknown) => void;
  readonly #lanes = new Map<string, Task[]>();

  constructor(waitingMax: number, onError: (key: string, error: unknown) => void) {
    this.#waitingMax = waitingMax;
    this.#onError = onError;
  }

  /** Lanes in which something is under way. */
  get busy(): number {
    return this.#lanes.size;
  }

  /** False if too many tasks of this lane wait: this one was not taken in. */
  run(key: string, task: Task): boolean {
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      this.#begin(key, task);
      return true;
    }
    if (lane.length >= this.#waitingMax) return false;
    lane.push(task);
    return true;
  }

  #begin(key: string, task: Task): void {
    const outcome = this.#attempt(key, task);
    if (outcome === undefined) return;
    const lane: Task[] = [];
    this.#lanes.set(key, lane);
    void this.#drain(key, lane, outcome);
  }

  async #drain(key: string, lane: Task[], first: Promise<void>): Promise<void> {
    await first;
    for (let task = lane.shift(); task !== undefined; task = lane.shift()) await this.#attempt(key, task);
    this.#lanes.delete(key);
  }

  /** Never throws or rejects; undefined if the task was done at once. */
  #attempt(key: string, task: Task): Promise<void> | undefined {
    try {
      return task()?.catch((error: unknown) => this.#onError(key, error));
    } catch (error) {
      this.#onError(key, error);
      return undefined;
    }
  }
}
