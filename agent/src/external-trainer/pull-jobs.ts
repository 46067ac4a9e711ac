import { newId, RecentMap, untilAborted, type Clock, type Randomness } from '@sedge/kit';
import { SedgeError, type ModelName } from '@sedge/protocol';
import type { TrainingOutcome } from '@sedge/runtime';
import { PullJob, type PullJobOptions } from './pull-job.ts';

export interface PullJobsOptions {
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly randomness: Pick<Randomness, 'bytes'>;
}

export interface PullQuestion {
  /** Of any model if it is left out. */
  readonly model?: ModelName | undefined;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

interface Poll {
  readonly model: ModelName | undefined;
  readonly answer: (job: PullJob | undefined) => void;
}

/** Trainers that wait for work at a time. */
const POLLS_MAX = 16;
/** Rounds whose end is remembered, so that a late trainer hears why its result is not taken. */
const ENDED_MAX = 64;

/**
 * Rounds for trainers that ask for them. One that is not answered is given to whoever asks next, so that a trainer that
 * was started again goes on with it; the first result counts.
 */
export class PullJobs {
  readonly #options: PullJobsOptions;
  readonly #open = new Map<string, PullJob>();
  readonly #ended = new RecentMap<string, true>(ENDED_MAX);
  readonly #polls = new Set<Poll>();

  constructor(options: PullJobsOptions) {
    this.#options = options;
  }

  /** The outcome, once a trainer brings it. Throws TRAINER_FAILED when it gives up, and the reason of the signal. */
  async offer(options: Omit<PullJobOptions, 'id'>, signal: AbortSignal): Promise<TrainingOutcome> {
    const job = new PullJob({ ...options, id: newId(this.#options.randomness, 'job') });
    this.#open.set(job.id, job);
    this.#wake(job);
    try {
      return await untilAborted(job.outcome, signal);
    } finally {
      this.#open.delete(job.id);
      this.#ended.set(job.id, true);
    }
  }

  /** The oldest round of the model that is not answered; undefined when none came in time. Throws QUEUE_FULL. */
  next({ model, waitMs, signal }: PullQuestion): Promise<PullJob | undefined> {
    const found = [...this.#open.values()].find((job) => isOf(job, model));
    if (found !== undefined || waitMs === 0 || signal.aborted) return Promise.resolve(found);
    if (this.#polls.size >= POLLS_MAX) {
      return Promise.reject(new SedgeError('QUEUE_FULL', `${POLLS_MAX} trainers wait already`, { expose: true }));
    }
    return this.#wait({ model, waitMs, signal });
  }

  /** Throws ROUND_CLOSED for a round that is over, NOT_FOUND. */
  find(id: string): PullJob {
    const job = this.#open.get(id);
    if (job !== undefined) return job;
    if (this.#ended.get(id) === true) throw new SedgeError('ROUND_CLOSED', id);
    throw new SedgeError('NOT_FOUND', `there is no job ${id}`, { expose: true });
  }

  /** Nobody waits any longer. */
  stop(): void {
    for (const { answer } of this.#polls) answer(undefined);
  }

  #wait({ model, waitMs, signal }: PullQuestion): Promise<PullJob | undefined> {
    return new Promise((resolve) => {
      const answer = (job: PullJob | undefined): void => {
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
        this.#polls.delete(poll);
        resolve(job);
      };
      const onAbort = (): void => answer(undefined);
      const timer = this.#options.clock.setTimer(waitMs, onAbort);
      const poll = { model, answer };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#polls.add(poll);
    });
  }

  /** Gives it to the one who has waited longest. */
  #wake(job: PullJob): void {
    const poll = [...this.#polls].find(({ model }) => isOf(job, model));
    poll?.answer(job);
  }
}

function isOf(job: PullJob, model: ModelName | undefined): boolean {
  return model === undefined || job.model === model;
}
