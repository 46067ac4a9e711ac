import { SedgeError } from '@sedge/protocol';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import type { Log } from './log.ts';

/** Something that runs while the process does. */
export interface Part {
  readonly name: string;
  start?(): void | Promise<void>;
  stop?(): void | Promise<void>;
  /** How long its stop may take; the lifecycle's own value if nothing is said. */
  readonly stopTimeoutMs?: number;
}

export interface LifecycleOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly stopTimeoutMs?: number;
}

const STOP_TIMEOUT_MS = 10_000;

/** Starts parts in the order in which they were added and stops them in reverse. */
export class Lifecycle {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stopTimeoutMs: number;
  readonly #parts: Part[] = [];
  readonly #started: Part[] = [];
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor({ clock, log, stopTimeoutMs = STOP_TIMEOUT_MS }: LifecycleOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#stopTimeoutMs = stopTimeoutMs;
  }

  add(part: Part): this {
    this.#parts.push(part);
    return this;
  }

  /** If a part does not start, those before it are stopped and its error is thrown. Fine twice. */
  start(): Promise<void> {
    this.#starting ??= this.#startAll();
    return this.#starting;
  }

  /** Stops everything, whatever fails on the way; then throws INTERNAL if something did. Fine twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAfterStart();
    return this.#stopping;
  }

  async #startAll(): Promise<void> {
    for (const part of this.#parts) {
      if (this.#stopping !== undefined) throw new SedgeError('STOPPING', `stopped before ${part.name} was started`);
      await this.#startOne(part);
    }
  }

  async #startOne(part: Part): Promise<void> {
    try {
      await part.start?.();
      this.#started.push(part);
    } catch (error) {
      this.#log.error('a part did not start', { part: part.name, error });
      await this.#stopStarted();
      throw error;
    }
  }

  async #stopAfterStart(): Promise<void> {
    // Who called start() hears of its failure; here only the end of it matters.
    await this.#starting?.catch(() => undefined);
    const failed = await this.#stopStarted();
    if (failed.length > 0) throw new SedgeError('INTERNAL', `did not stop in order: ${failed.join(', ')}`);
  }

  async #stopStarted(): Promise<string[]> {
    const failed: string[] = [];
    for (let part = this.#started.pop(); part !== undefined; part = this.#started.pop()) {
      if (!(await this.#stopOne(part))) failed.push(part.name);
    }
    return failed;
  }

  async #stopOne(part: Part): Promise<boolean> {
    const timeoutMs = part.stopTimeoutMs ?? this.#stopTimeoutMs;
    try {
      const stopped = Promise.resolve(part.stop?.());
      await withDeadline(stopped, timeoutMs, this.#clock, 'STOPPING', `${part.name} takes too long to stop`);
      return true;
    } catch (error) {
      this.#log.error('a part did not stop', { part: part.name, error });
      return false;
    }
  }
}
