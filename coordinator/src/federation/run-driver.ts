import { asSedgeError, type ErrorCode } from '@sedge/protocol';
import { TaskQueue, type Clock, type Log, type Timer } from '@sedge/kit';
import type { RunStore } from './ports.ts';
import { advanceRun, pendingRunEffects } from './run.ts';
import type { Run, RunEffect, RunEvent } from './run-state.ts';

export interface RunDriverOptions {
  readonly run: Run;
  readonly store: Pick<RunStore, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Carries out an effect; what it gives back has happened. */
  readonly perform: (run: Run, effect: RunEffect) => Promise<readonly RunEvent[]>;
  /** After every change that is stored. */
  readonly onChange: (after: Run, before: Run) => void;
}

interface Waiting {
  readonly event: RunEvent;
  readonly resolve: (refused: ErrorCode | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Events that wait to be stored: two for each node of the largest cohort. */
const WAITING_MAX = 20_000;
const EFFECTS_MAX = 1_000;
/** A store that failed is asked again after this time. */
const STORE_RETRY_MS = 1_000;

/**
 * Holds one run in memory and moves it by its events: stored first, all that wait in one batch, then applied, then
 * answered, then acted upon. The state is never ahead of the disk.
 */
export class RunDriver {
  readonly #options: RunDriverOptions;
  readonly #effects = new TaskQueue(EFFECTS_MAX);
  #run: Run;
  #waiting: Waiting[] = [];
  #isStoring = false;
  #deadline: Timer | undefined;
  #isStopped = false;

  constructor(options: RunDriverOptions) {
    this.#options = options;
    this.#run = options.run;
  }

  get run(): Run {
    return this.#run;
  }

  /** Takes up what the run was about to do when the process ended. */
  resume(): void {
    this.#act(pendingRunEffects(this.#run));
  }

  /**
   * Resolves when the event is stored, or with the reason why it was not taken. Throws what the store throws; then
   * nothing was taken either.
   */
  take(event: RunEvent): Promise<ErrorCode | undefined> {
    if (this.#waiting.length >= WAITING_MAX) return Promise.resolve('OVERLOADED');
    if (this.#isStopped) return Promise.resolve('STOPPING');
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject });
      void this.#storeWaiting();
    });
  }

  /** Stops acting. The run goes on from its events when it is resumed by another driver. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#deadline?.cancel();
    await this.#effects.abandon();
  }

  async #storeWaiting(): Promise<void> {
    if (this.#isStoring) return;
    this.#isStoring = true;
    while (this.#waiting.length > 0) await this.#storeBatch(this.#waiting.splice(0));
    this.#isStoring = false;
  }

  async #storeBatch(batch: readonly Waiting[]): Promise<void> {
    const before = this.#run;
    let staged: Staged;
    try {
      staged = stage(before, batch);
      if (staged.events.length > 0) await this.#options.store.append(before.id, staged.events);
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    this.#run = staged.run;
    for (const [index, { resolve }] of batch.entries()) resolve(staged.refusals[index]);
    if (staged.events.length > 0) this.#tell(before);
    this.#act(staged.effects);
  }

  /** Whoever listens must not end the loop that moves the run. */
  #tell(before: Run): void {
    try {
      this.#options.onChange(this.#run, before);
    } catch (error) {
      this.#options.log.error('a change of a run was not told', { run: this.#run.id, error });
    }
  }

  #act(effects: readonly RunEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'round' && effect.effect.kind === 'await-deadline') {
        this.#awaitDeadline(effect.round, effect.effect.at);
        continue;
      }
      this.#effects.run(() => this.#perform(effect)).catch((error: unknown) => this.#giveUp(effect, error));
    }
  }

  async #perform(effect: RunEffect): Promise<void> {
    for (const event of await this.#options.perform(this.#run, effect)) await this.take(event);
  }

  #giveUp(effect: RunEffect, cause: unknown): void {
    if (this.#isStopped) return;
    const { code, detail } = asSedgeError(cause);
    this.#options.log.error('a step of a run failed', { run: this.#run.id, effect: nameOf(effect), error: cause });
    const at = this.#options.clock.now();
    const event: RunEvent =
      effect.kind === 'round'
        ? { kind: 'round', round: effect.round, event: { kind: 'failed', at, code, detail } }
        : { kind: 'failed', at, code, detail };
    this.#takeUntilStored(event);
  }

  #awaitDeadline(round: number, at: number): void {
    this.#deadline?.cancel();
    this.#deadline = this.#options.clock.setTimer(Math.max(0, at - this.#options.clock.now()), () => {
      this.#takeUntilStored({
        kind: 'round',
        round,
        event: { kind: 'deadline-passed', at: Math.max(at, this.#options.clock.now()) },
      });
    });
  }

  /** For events that nobody will send a second time. */
  #takeUntilStored(event: RunEvent): void {
    this.take(event).catch((error: unknown) => {
      this.#options.log.error('an event of a run could not be stored, trying again', { run: this.#run.id, error });
      this.#options.clock.setTimer(STORE_RETRY_MS, () => this.#takeUntilStored(event));
    });
  }
}

interface Staged {
  readonly run: Run;
  readonly events: readonly RunEvent[];
  readonly effects: readonly RunEffect[];
  readonly refusals: readonly (ErrorCode | undefined)[];
}

/** Applies a batch to a copy; what changes nothing is not stored. */
function stage(before: Run, batch: readonly { readonly event: RunEvent }[]): Staged {
  let run = before;
  const events: RunEvent[] = [];
  const effects: RunEffect[] = [];
  const refusals = batch.map(({ event }) => {
    const next = advanceRun(run, event);
    if (next.run.round !== run.round || next.run.state !== run.state) events.push(event);
    run = next.run;
    effects.push(...next.effects);
    return next.refused;
  });
  return { run, events, effects, refusals };
}

function nameOf(effect: RunEffect): string {
  return effect.kind === 'round' ? `${effect.kind}/${effect.effect.kind}` : effect.kind;
}
