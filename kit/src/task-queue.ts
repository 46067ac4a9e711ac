import { SedgeError } from '@sedge/protocol';

interface QueuedTask {
  readonly run: () => Promise<void>;
  readonly refuse: (error: SedgeError) => void;
}

/** Runs tasks one at a time, in the order in which they came. */
export class TaskQueue {
  readonly capacity: number;
  readonly #waiting: QueuedTask[] = [];
  readonly #idleWaiters: (() => void)[] = [];
  #isRunning = false;
  #isClosed = false;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Tasks that wait, without the one that runs. */
  get size(): number {
    return this.#waiting.length;
  }

  /** The result of the task. Throws what it throws, OVERLOADED when too many wait, STOPPING after `close`. */
  run<Result>(task: () => Result | Promise<Result>): Promise<Result> {
    if (this.#isClosed) return Promise.reject(new SedgeError('STOPPING', 'the task queue is closed'));
    if (this.#waiting.length >= this.capacity) {
      return Promise.reject(new SedgeError('OVERLOADED', `${this.capacity} tasks wait already`));
    }
    return new Promise((resolve, reject) => {
      const run = async (): Promise<void> => {
        try {
          resolve(await task());
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.push({ run, refuse: reject });
      void this.#drain();
    });
  }

  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void> {
    if (!this.#isRunning) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
    });
  }

  /** Takes no more tasks, finishes those that it has. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.idle();
  }

  /** Takes no more tasks, refuses those that wait with STOPPING, finishes the one that runs. */
  abandon(): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#waiting.splice(0)) task.refuse(new SedgeError('STOPPING', 'the task was not begun'));
    return this.idle();
  }

  async #drain(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) await task.run();
    this.#isRunning = false;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}
