import { rm } from 'node:fs/promises';
import { deadlineSignal, type Clock, type Log } from '@sedge/kit';
import { modelKey, SedgeError } from '@sedge/protocol';
import type { TrainingOutcome, TrainingProgress } from '@sedge/runtime';
import type { StartedTrainer, TrainerBinding } from './binding.ts';
import { JobFolder } from './job-folder.ts';
import type { PullJobs } from './pull-jobs.ts';
import { runProgram } from './run-program.ts';
import type { TrainerJob } from './trainer-job.ts';
import { TrainerOutput } from './trainer-output.ts';
import { TrainingSteps, type StepsReport } from './training-steps.ts';

export interface ExternalTrainersOptions {
  readonly clock: Pick<Clock, 'setTimer' | 'sleep'>;
  readonly log: Log;
  /** Folders of rounds are made here. */
  readonly folder: string;
  /** Of the agent; a program gets three variables of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly jobs: PullJobs;
  /** Whether programs find a door to ask at. */
  readonly hasDoor: boolean;
}

export interface ExternalTrainingOptions {
  /** Of the whole round. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
}

interface Work {
  readonly job: TrainerJob;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onSteps: (report: StepsReport) => void;
}

/** A trainer ends before its round, so that there is time to say that it did not make it, or to send what it made. */
const PART_OF_ROUND = 0.9;
const PASSED_ON = ['PATH', 'HOME', 'LANG'] as const;

/** Rounds that programs of the owner train, for all identities of the agent. */
export class ExternalTrainers {
  readonly #options: ExternalTrainersOptions;
  readonly #underWay = new Set<Promise<TrainingOutcome>>();
  #stopping = new AbortController();

  constructor(options: ExternalTrainersOptions) {
    this.#options = options;
  }

  get jobs(): PullJobs {
    return this.#options.jobs;
  }

  /** Removes what a process that was killed left behind. */
  async start(): Promise<void> {
    if (this.#stopping.signal.aborted) this.#stopping = new AbortController();
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  /** Ends the programs that run. Fine twice. */
  async stop(): Promise<void> {
    this.#stopping.abort(new SedgeError('STOPPING', 'the agent stops'));
    this.jobs.stop();
    await Promise.allSettled(this.#underWay);
  }

  /**
   * Throws TRAINER_TIMEOUT, TRAINER_FAILED, and for a result that is not what the round asks for UPDATE_INVALID or
   * TENSOR_MISMATCH. TRAINING_STOPPED when the signal aborts, STOPPING when the agent stops.
   */
  async train(binding: TrainerBinding, job: TrainerJob, options: ExternalTrainingOptions): Promise<TrainingOutcome> {
    const timeoutMs = Math.ceil(Math.min(binding.timeoutMs ?? Infinity, PART_OF_ROUND * options.timeoutMs));
    const parents = [this.#stopping.signal, options.signal];
    using deadline = deadlineSignal({ clock: this.#options.clock, timeoutMs, code: 'TRAINER_TIMEOUT', parents });
    const work = { job, timeoutMs, signal: deadline.signal, onSteps: reporter(job, options) };
    const training = this.#trainWith(binding, work);
    this.#underWay.add(training);
    try {
      return await training;
    } catch (cause) {
      throw options.signal.aborted ? new SedgeError('TRAINING_STOPPED', 'its caller stopped it', { cause }) : cause;
    } finally {
      this.#underWay.delete(training);
    }
  }

  #trainWith({ model, trainer }: TrainerBinding, work: Work): Promise<TrainingOutcome> {
    this.#options.log.info('a program of the owner trains a round', {
      model: modelKey(work.job.offer.model),
      boundTo: model,
      timeoutMs: work.timeoutMs,
    });
    return trainer.kind === 'program' ? this.#runProgram(trainer, work) : this.#waitForOne(work);
  }

  async #runProgram(trainer: StartedTrainer, { job, timeoutMs, signal, onSteps }: Work): Promise<TrainingOutcome> {
    const { clock, log } = this.#options;
    await using folder = await JobFolder.make(this.#options.folder, log);
    await folder.write(job, timeoutMs);
    const output = new TrainerOutput({ log, onSteps });
    await runProgram(trainer, { environment: this.#environmentFor(folder), clock, log, output, signal });
    // Awaited, because the folder goes when this returns.
    return await folder.outcome(job.offer.parameters);
  }

  async #waitForOne({ signal, ...job }: Work): Promise<TrainingOutcome> {
    if (this.#options.hasDoor) return this.jobs.offer(job, signal);
    const detail = 'the trainer asks at the local door, which is closed: set SEDGE_LOCAL_PORT';
    throw new SedgeError('TRAINER_FAILED', detail, { expose: true });
  }

  /** Nothing of the agent's own environment but what programs cannot do without. */
  #environmentFor({ path, config }: JobFolder): Record<string, string> {
    const { environment } = this.#options;
    const passed = PASSED_ON.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]));
    return { ...Object.fromEntries(passed), SEDGE_TRAINER_FOLDER: path, SEDGE_TRAINER_CONFIG: config };
  }
}

function reporter(job: TrainerJob, { onProgress }: ExternalTrainingOptions): Work['onSteps'] {
  const steps = new TrainingSteps(job);
  return (report) => {
    const progress = steps.take(report);
    if (progress !== undefined) onProgress?.(progress);
  };
}
