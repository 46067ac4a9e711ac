import { type Clock, type Log, TaskQueue } from '@sedge/kit';
import { asSedgeError, limits, SedgeError, type Tensor } from '@sedge/protocol/core';
import type { ProbeRequest, ProbeResult } from '../choice/probe-session.ts';
import type { ModelMetadata, ModelFiles, TrainingOutcome } from '../engine.ts';
import type { ModelInspection } from '../training/inspection.ts';
import type { StartGuest } from './channel.ts';
import { type DriveOptions, driveTraining } from './drive-training.ts';
import { GuestLine, type LineCall, type Recovery } from './guest-line.ts';
import type { Operation, RequestOf, ResultOf, TrainingJob } from './messages.ts';
import { ownedFiles, ownedJob, ownedTensor } from './owned-data.ts';

export interface CallOptions {
  /** The caller is told after so long; a guest that works on the call for so long is killed. */
  readonly timeoutMs: number;
  /** Lets go of the call: one that waits is not begun. */
  readonly signal?: AbortSignal;
}

export interface TrainingOptions extends DriveOptions {
  /** What `onModelCrashed` calls the model of this training. */
  readonly id?: string;
}

export interface ModelHostOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly openTimeoutMs?: number;
  /** Calls that wait for one model. */
  readonly queueMax?: number;
  /** What a model may take: the linear memory of a component, and all memory of a child process. */
  readonly memoryBytesMax?: number;
  /** Entries of each table of a component. */
  readonly tableEntriesMax?: number;
  /** Told of a model that was open and could not be opened again after its guest was lost. */
  readonly onModelLost?: (id: string, error: SedgeError) => void;
  /** Told of the model that was being opened, run or trained when its guest ended or had to be killed, before its caller is. */
  readonly onModelCrashed?: (id: string, error: SedgeError) => void;
}

/** Runs models outside of the thread of its caller. Nothing is started before the first call. */
export interface ModelHost {
  /** Opens a model under an id; one that is open under that id is replaced. */
  open(id: string, files: ModelFiles): Promise<ModelMetadata>;
  /**
   * Throws MODEL_TIMEOUT at the deadline, MODEL_CRASHED or MODEL_OUT_OF_MEMORY if the host ended meanwhile, QUEUE_FULL,
   * MODEL_NOT_LOADED, STOPPING, ENGINE_UNAVAILABLE.
   */
  run(id: string, functionName: string, inputs: readonly Tensor[], options: CallOptions): Promise<Tensor[]>;
  /** Runs an open model as often as the budget allows, and tells how long a run takes. Throws like `run`. */
  probe(id: string, request: ProbeRequest, options: CallOptions): Promise<ProbeResult>;
  /** One training at a time. Throws TRAINING_STOPPED as soon as the signal aborts. */
  train(job: TrainingJob, options: TrainingOptions): Promise<TrainingOutcome>;
  /** Looks into a model that need not be open. Throws like `open`. */
  inspect(files: ModelFiles): Promise<ModelInspection>;
  /**
   * The weights of a model that training changes, as FP32: all, or those whose names match a pattern (`*` and `?`).
   * Throws MODEL_NOT_TRAINABLE, and like `open`.
   */
  parameters(files: ModelFiles, patterns?: readonly string[]): Promise<readonly Tensor[]>;
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
    const onCrash = options.onModelCrashed ?? (() => undefined);
    this.#line = new GuestLine({ startGuest, clock, log, queueMax, onCrash, recover: () => this.#recoveries() });
  }

  get depth(): number {
    return this.#line.depth;
  }

  async open(id: string, files: ModelFiles): Promise<ModelMetadata> {
    const owned = ownedFiles(files);
    try {
      const metadata = await this.#line.call('open', { model: id, files: owned }, this.#lineCall(id));
      this.#models.set(id, owned);
      return metadata;
    } catch (error) {
      this.#forget(id);
      throw error;
    }
  }

  run(id: string, functionName: string, inputs: readonly Tensor[], options: CallOptions): Promise<Tensor[]> {
    if (!this.#models.has(id)) return Promise.reject(new SedgeError('MODEL_NOT_LOADED', `${id} is not open`));
    return this.#line.call(
      'run',
      { model: id, functionName, inputs: inputs.map(ownedTensor) },
      { ...options, model: id },
    );
  }

  probe(id: string, request: ProbeRequest, options: CallOptions): Promise<ProbeResult> {
    if (!this.#models.has(id)) return Promise.reject(new SedgeError('MODEL_NOT_LOADED', `${id} is not open`));
    const body = { model: id, ...request, inputs: request.inputs.map(ownedTensor) };
    return this.#line.call('probe', body, { ...options, model: id });
  }

  train(job: TrainingJob, options: TrainingOptions): Promise<TrainingOutcome> {
    return this.#trainings.run(() => {
      const { signal, id: model = 'training' } = options;
      const call = <Op extends Operation>(op: Op, body: RequestOf<Op>, timeoutMs: number): Promise<ResultOf<Op>> =>
        this.#line.call(op, body, { model, timeoutMs, signal, stopGraceMs: STOP_GRACE_MS });
      const end = (): Promise<undefined> => this.#line.call('trainEnd', {}, this.#lineCall(model));
      return driveTraining({ call, end, clock: this.#clock }, ownedJob(job), options);
    });
  }

  inspect(files: ModelFiles): Promise<ModelInspection> {
    return this.#line.call('inspect', { files: ownedFiles(files) }, this.#lineCall('inspection'));
  }

  parameters(files: ModelFiles, patterns?: readonly string[]): Promise<readonly Tensor[]> {
    const body = { files: ownedFiles(files), ...(patterns && { patterns }) };
    return this.#line.call('parameters', body, this.#lineCall('inspection'));
  }

  async close(id: string): Promise<void> {
    if (!this.#models.delete(id) || !this.#line.hasGuest) return;
    await this.#line.call('close', { model: id }, this.#lineCall(id));
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

  #lineCall(model: string): LineCall {
    return { model, timeoutMs: this.#openTimeoutMs };
  }

  /** What replaced an open model and could not be opened leaves nothing under its id, not even once it is done late. */
  #forget(id: string): void {
    this.#models.delete(id);
    if (!this.#line.hasGuest) return;
    // A guest that is gone or a host that stops has nothing open.
    this.#line.call('close', { model: id }, this.#lineCall(id)).catch(() => undefined);
  }

  #recoveries(): Recovery[] {
    return [...this.#models].map(([model, files]) => ({
      model,
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
