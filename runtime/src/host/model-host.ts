import { type Clock, type Log, TaskQueue } from '@sedge/kit';
import { asSedgeError, limits, SedgeError, type Tensor } from '@sedge/protocol';
import type { ProbeRequest, ProbeResult } from '../choice/probe-session.ts';
import type { ModelMetadata, ModelFiles, TrainingOutcome, TrainingProgress } from '../engine.ts';
import type { StartGuest } from './channel.ts';
import { driveTraining } from './drive-training.ts';
import { GuestLine, type Recovery } from './guest-line.ts';
import type { Operation, RequestOf, ResultOf, TrainingJob } from './messages.ts';
import { ownedFiles, ownedJob, ownedTensor } from './owned-data.ts';

export interface CallOptions {
  /** Counted from when the call begins; a guest that takes longer is killed. */
  readonly timeoutMs: number;
  /** Lets go of the call: one that waits is not begun. */
  readonly signal?: AbortSignal;
}

export interface TrainingOptions extends CallOptions {
  /** What `onModelCrashed` calls the model of this training. */
  readonly id?: string;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

export interface ModelHostOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly openTimeoutMs?: number;
  readonly queueMax?: number;
  /** Told of a model that was open and could not be opened again after its guest was lost. */
  readonly onModelLost?: (id: string, error: SedgeError) => void;
  /** Told of the model that was being opened, run or trained when its guest ended or had to be killed, before its caller is. */
  readonly onModelCrashed?: (id: string, error: SedgeError) => void;
}

/** Runs models outside of the thread of its caller. Nothing is started before the first call. */
export interface ModelHost {
  /** Opens a model under an id; one that is open under that id is replaced. */
  open(id: string, files: ModelFiles): Promise<ModelMetadata>;
  /** Throws MODEL_TIMEOUT at the deadline, MODEL_FAILED after a crash, QUEUE_FULL, MODEL_NOT_LOADED, STOPPING. */
  run(id: string, functionName: string, inputs: readonly Tensor[], options: CallOptions): Promise<Tensor[]>;
  /** Runs an open model as often as the budget allows, and tells how long a run takes. Throws like `run`. */
  probe(id: string, request: ProbeRequest, options: CallOptions): Promise<ProbeResult>;
  /** One training at a time. Throws TRAINING_STOPPED as soon as the signal aborts. */
  train(job: TrainingJob, options: TrainingOptions): Promise<TrainingOutcome>;
  close(id: string): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Calls that wait, without the one that runs. */
  readonly depth: number;
}

const OPEN_TIMEOUT_MS = 60_000;
/** A chunk of a training that was stopped must end by itself within this time. */
const STOP_GRACE_MS = 4 * limits.trainChunkMs;

/** A model host over any form of guest. */
export class ChannelModelHost implements ModelHost {
  readonly #line: GuestLine;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #openTimeoutMs: number;
  readonly #queueMax: number;
  readonly #onModelLost: NonNullable<ModelHostOptions['onModelLost']>;
  /** Models that are open, so that the successor of a lost guest can open them again. */
  readonly #models = new Map<string, ModelFiles>();
  #trainings: TaskQueue;

  constructor(startGuest: StartGuest, options: ModelHostOptions) {
    const { clock, log, openTimeoutMs = OPEN_TIMEOUT_MS, queueMax = limits.hostQueueMax } = options;
    this.#clock = clock;
    this.#log = log;
    this.#openTimeoutMs = openTimeoutMs;
    this.#queueMax = queueMax;
    this.#onModelLost = options.onModelLost ?? (() => undefined);
    this.#trainings = new TaskQueue(queueMax);
    this.#line = new GuestLine({ startGuest, clock, log, queueMax, recover: () => this.#recoveries() });
  }

  get depth(): number {
    return this.#line.depth;
  }

  async open(id: string, files: ModelFiles): Promise<ModelMetadata> {
    const owned = ownedFiles(files);
    const description = await this.#line.call('open', { model: id, files: owned }, { timeoutMs: this.#openTimeoutMs });
    this.#models.set(id, owned);
    return description;
  }

  run(id: string, functionName: string, inputs: readonly Tensor[], options: CallOptions): Promise<Tensor[]> {
    if (!this.#models.has(id)) return Promise.reject(new SedgeError('MODEL_NOT_LOADED', `${id} is not open`));
    return this.#line.call('run', { model: id, functionName, inputs: inputs.map(ownedTensor) }, options);
  }

  probe(id: string, request: ProbeRequest, options: CallOptions): Promise<ProbeResult> {
    if (!this.#models.has(id)) return Promise.reject(new SedgeError('MODEL_NOT_LOADED', `${id} is not open`));
    return this.#line.call('probe', { model: id, ...request, inputs: request.inputs.map(ownedTensor) }, options);
  }

  train(job: TrainingJob, options: TrainingOptions): Promise<TrainingOutcome> {
    return this.#trainings.run(() => {
      const { signal } = options;
      const call = <Op extends Operation>(op: Op, body: RequestOf<Op>, timeoutMs: number): Promise<ResultOf<Op>> =>
        this.#line.call(op, body, { timeoutMs, signal, stopGraceMs: STOP_GRACE_MS });
      const end = (): Promise<undefined> => this.#line.call('trainEnd', {}, { timeoutMs: this.#openTimeoutMs });
      return driveTraining({ call, end, clock: this.#clock }, ownedJob(job), options);
    });
  }

  async close(id: string): Promise<void> {
    if (!this.#models.delete(id) || !this.#line.hasGuest) return;
    await this.#line.call('close', { model: id }, { timeoutMs: this.#openTimeoutMs });
  }

  start(): Promise<void> {
    this.#line.open();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#models.clear();
    const trainings = this.#trainings;
    this.#trainings = new TaskQueue(this.#queueMax);
    await Promise.all([this.#line.close(), trainings.abandon()]);
  }

  #recoveries(): Recovery[] {
    return [...this.#models].map(([model, files]) => ({
      request: { op: 'open', body: { model, files } },
      timeoutMs: this.#openTimeoutMs,
      onFailure: (error) => {
        this.#log.error('a model could not be opened again', { model, error });
        // Somebody may have opened another one under the same id meanwhile.
        if (this.#models.get(model) !== files) return;
        this.#models.delete(model);
        this.#onModelLost(model, asSedgeError(error));
      },
    }));
  }
}
