import { SedgeError } from '@sedge/protocol';

interface Waiting {
  readonly run: () => Promise<void>;
  readonly refuse: (error: SedgeError) => void;
}

/**
 * Runs one task at a time; those who wait take turns, so that an owner with many tasks does not hold up the others.
 */
export class FairQueue {
  readonly #perOwnerMax: number;
  /** In the order of their turns. */
  readonly #owners = new Map<string, Waiting[]>();
  #isRunning = false;
  #runningOwner: string | undefined;

  constructor(perOwnerMax: number) {
    this.#perOwnerMax = perOwnerMax;
  }

  /** Tasks of an owner that wait, and the one that runs. */
  load(owner: string): number {
    return (this.#owners.get(owner)?.length ?? 0) + (this.#runningOwner === owner ? 1 : 0);
  }

  /** The result of the task. Throws what it throws, and QUEUE_FULL when too many of the owner's wait. */
  run<Result>(owner: string, task: () => Promise<Result>): Promise<Result> {
    const waiting = this.#owners.get(owner) ?? [];
    if (waiting.length >= this.#perOwnerMax) {
      return Promise.reject(
        new SedgeError('QUEUE_FULL', `${this.#perOwnerMax} trainings wait already`, { expose: true }),
      );
    }
    return new Promise((resolve, reject) => {
      const run = async (): Promise<void> => {
        try {
          resolve(await task());
        } catch (error) {
          // Also what a task throws before its first await: it must fail its caller, and never the queue.
          reject(error);
        }
      };
      this.#owners.set(owner, [...waiting, { run, refuse: reject }]);
      void this.#drain();
    });
  }

  /** Refuses everything that waits with STOPPING. */
  stop(): void {
    for (const waiting of this.#owners.values()) {
      for (const { refuse } of waiting) refuse(new SedgeError('STOPPING', 'the training was not begun'));
    }
    this.#owners.clear();
  }

  async #drain(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let next = this.#next(); next !== undefined; next = this.#next()) await next.run();
    this.#isRunning = false;
    this.#runningOwner = undefined;
  }

  /** The first task of the first owner, who then stands last. */
  #next(): Waiting | undefined {
    for (const [owner, [first, ...rest]] of this.#owners) {
      this.#runningOwner = owner;
      this.#owners.delete(owner);
      if (rest.length > 0) this.#owners.set(owner, rest);
      return first;
    }
    return undefined;
  }
}
