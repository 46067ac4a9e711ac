import { type Clock, type Log, TaskQueue, type Timer } from '@sedge/kit';
import { limits, SedgeError, type Tensor } from '@sedge/protocol';
import type { ModelDescription, ModelFiles, TrainingOutcome, TrainingProgress } from '../engine.ts';
import type { HostChannel, StartGuest } from './channel.ts';
import { driveTraining } from './drive-training.ts';
import type { HostReply, HostRequest, Operation, RequestOf, ResultOf, TrainingJob } from './messages.ts';

export interface CallOptions {
  /** Counted from when the guest begins; a guest that takes longer is killed. */
  readonly timeoutMs: number;
  /** Lets go of the call: one that waits is not begun. */
  readonly signal?: AbortSignal;
}

export interface TrainingOptions extends CallOptions {
  readonly onProgress?: (progress: TrainingProgress) => void;
}

export interface ModelHostOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly openTimeoutMs?: number;
  readonly queueMax?: number;
}

/** Runs models outside of the thread of its caller. Nothing is started before the first model is opened. */
export interface ModelHost {
  /** Opens a model under an id; one that is open under that id is replaced. */
  open(id: string, files: ModelFiles): Promise<ModelDescription>;
  /** Throws MODEL_TIMEOUT at the deadline, MODEL_FAILED after a crash, QUEUE_FULL, MODEL_NOT_LOADED, STOPPING. */
  run(id: string, functionName: string, inputs: readonly Tensor[], options: CallOptions): Promise<Tensor[]>;
  /** One training at a time. Throws TRAINING_STOPPED as soon as the signal aborts. */
  train(job: TrainingJob, options: TrainingOptions): Promise<TrainingOutcome>;
  close(id: string): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Calls that wait, without the one that runs. */
  readonly depth: number;
}

interface Job {
  readonly request: HostRequest;
  readonly timeoutMs: number;
  /** Opens a model again after the guest was lost. */
  readonly isReopening: boolean;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

const OPEN_TIMEOUT_MS = 60_000;
/** A chunk of a training that was stopped must end by itself within this time. */
const STOP_GRACE_MS = 4 * limits.trainChunkMs;

/** The parent's half: one request at a time, the deadline, and what happens when the guest is lost. */
export class ChannelModelHost implements ModelHost {
  readonly #startGuest: StartGuest;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #openTimeoutMs: number;
  readonly #queueMax: number;
  /** Models that are open, so that they can be opened again. */
  readonly #models = new Map<string, ModelFiles>();
  readonly #waiting: Job[] = [];
  #trainings: TaskQueue;
  #channel: HostChannel | undefined;
  #running: { readonly job: Job; readonly id: number; timer: Timer } | undefined;
  #lastId = 0;
  #isStopped = false;

  constructor(startGuest: StartGuest, { clock, log, openTimeoutMs, queueMax }: ModelHostOptions) {
    this.#startGuest = startGuest;
    this.#clock = clock;
    this.#log = log;
    this.#openTimeoutMs = openTimeoutMs ?? OPEN_TIMEOUT_MS;
    this.#queueMax = queueMax ?? limits.hostQueueMax;
    this.#trainings = new TaskQueue(this.#queueMax);
  }

  get depth(): number {
    return this.#waiting.length;
  }

  async open(id: string, files: ModelFiles): Promise<ModelDescription> {
    const owned = {
      ...files,
      artifact: compact(files.artifact),
      ...(files.weights && { weights: files.weights.map(owning) }),
    };
    const description = await this.#call('open', { model: id, files: owned }, { timeoutMs: this.#openTimeoutMs });
    this.#models.set(id, owned);
    return description;
  }

  run(id: string, functionName: string, inputs: readonly Tensor[], options: CallOptions): Promise<Tensor[]> {
    if (!this.#models.has(id)) return Promise.reject(new SedgeError('MODEL_NOT_LOADED', `${id} is not open`));
    return this.#call('run', { model: id, functionName, inputs: inputs.map(owning) }, options);
  }

  train(job: TrainingJob, options: TrainingOptions): Promise<TrainingOutcome> {
    return this.#trainings.run(() => {
      const call = <Op extends Operation>(op: Op, body: RequestOf<Op>, timeoutMs: number): Promise<ResultOf<Op>> =>
        this.#call(op, body, { ...options, timeoutMs }, STOP_GRACE_MS);
      const end = (): Promise<undefined> => this.#call('trainEnd', {}, { timeoutMs: this.#openTimeoutMs });
      return driveTraining({ call, end, clock: this.#clock }, ownedJob(job), options);
    });
  }

  async close(id: string): Promise<void> {
    if (!this.#models.delete(id) || this.#channel === undefined) return;
    await this.#call('close', { model: id }, { timeoutMs: this.#openTimeoutMs });
  }

  start(): Promise<void> {
    if (this.#isStopped) this.#trainings = new TaskQueue(this.#queueMax);
    this.#isStopped = false;
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#models.clear();
    const stopping = new SedgeError('STOPPING', 'the model host was stopped');
    this.#running?.timer.cancel();
    this.#running?.job.reject(stopping);
    this.#running = undefined;
    for (const job of this.#waiting.splice(0)) job.reject(stopping);
    const channel = this.#channel;
    this.#channel = undefined;
    await Promise.all([channel?.kill(), this.#trainings.abandon()]);
  }

  #call<Op extends Operation>(
    op: Op,
    body: RequestOf<Op>,
    { timeoutMs, signal }: CallOptions,
    stopGraceMs?: number,
  ): Promise<ResultOf<Op>> {
    if (this.#isStopped) return Promise.reject(new SedgeError('STOPPING', 'the model host was stopped'));
    if (this.#waiting.length >= this.#queueMax) {
      return Promise.reject(new SedgeError('QUEUE_FULL', `${this.#queueMax} calls wait already`));
    }
    if (signal?.aborted === true) return Promise.reject(abortReason(signal));
    return new Promise((resolve, reject) => {
      const release = (): void => signal?.removeEventListener('abort', onAbort);
      const job: Job = {
        request: { op, body } as HostRequest,
        timeoutMs,
        isReopening: false,
        resolve: (value) => {
          release();
          resolve(value);
        },
        reject: (error) => {
          release();
          reject(error);
        },
      };
      const onAbort = (): void => {
        this.#letGo(job, stopGraceMs);
        if (signal !== undefined) job.reject(abortReason(signal));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(job);
      this.#pump();
    });
  }

  /** A job that waits is taken out; one that runs goes on, with less time if a grace is given. */
  #letGo(job: Job, graceMs: number | undefined): void {
    const index = this.#waiting.indexOf(job);
    if (index >= 0) this.#waiting.splice(index, 1);
    if (this.#running?.job !== job || graceMs === undefined) return;
    this.#running.timer.cancel();
    this.#running.timer = this.#clock.setTimer(graceMs, () => this.#expire(job));
  }

  #pump(): void {
    if (this.#running !== undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    const id = ++this.#lastId;
    const timer = this.#clock.setTimer(job.timeoutMs, () => this.#expire(job));
    this.#running = { job, id, timer };
    this.#channel ??= this.#startChannel();
    this.#channel.send({ ...job.request, id });
  }

  #startChannel(): HostChannel {
    const channel = this.#startGuest({
      onReply: (reply) => {
        if (this.#channel === channel) this.#settle(reply);
      },
      onEnd: (reason) => {
        if (this.#channel === channel) this.#lose(new SedgeError('MODEL_FAILED', `the model host was lost: ${reason}`));
      },
    });
    return channel;
  }

  #settle(reply: HostReply): void {
    if (reply.kind === 'log') return this.#log[reply.level](reply.message, { model: reply.model });
    if (this.#running?.id !== reply.id) return;
    const { job, timer } = this.#running;
    timer.cancel();
    this.#running = undefined;
    if (reply.kind === 'result') job.resolve(reply.value as never);
    else job.reject(new SedgeError(reply.code, reply.detail, { expose: reply.exposed }));
    this.#pump();
  }

  #expire(job: Job): void {
    if (this.#running?.job !== job) return;
    this.#lose(new SedgeError('MODEL_TIMEOUT', `not done within ${job.timeoutMs} ms`));
  }

  /** The guest is gone, or has to go: its job fails, the models are opened again, and those that wait go on. */
  #lose(error: SedgeError): void {
    const culprit = this.#running;
    const channel = this.#channel;
    this.#running = undefined;
    this.#channel = undefined;
    this.#log.warn('a model host was lost', { error, operation: culprit?.job.request.op });
    void channel?.kill();
    culprit?.timer.cancel();
    culprit?.job.reject(error);
    this.#queueReopening();
    this.#pump();
  }

  #queueReopening(): void {
    const others = this.#waiting.splice(0).filter((job) => !job.isReopening);
    const reopening = [...this.#models].map(([model, files]) => this.#reopening(model, files));
    this.#waiting.push(...reopening, ...others);
  }

  #reopening(model: string, files: ModelFiles): Job {
    const reject = (error: Error): void => {
      if (this.#models.get(model) === files) this.#models.delete(model);
      this.#log.error('a model could not be opened again', { model, error });
    };
    const request = { op: 'open', body: { model, files } } as const;
    return { request, timeoutMs: this.#openTimeoutMs, isReopening: true, resolve: () => undefined, reject };
  }
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}

function ownedJob({ files, weights, examples, config }: TrainingJob): TrainingJob {
  const { correction, ...settings } = config;
  return {
    files: { format: files.format, artifact: compact(files.artifact) },
    weights: weights.map(owning),
    examples: examples.map(owning),
    config: { ...settings, ...(correction && { correction: correction.map(owning) }) },
  };
}

function owning(tensor: Tensor): Tensor {
  return { ...tensor, data: compact(tensor.data) };
}

/** A message carries the whole buffer under a view: a view of a part, such as of a network frame, is copied out. */
function compact(data: Uint8Array): Uint8Array {
  return data.byteLength === data.buffer.byteLength ? data : data.slice();
}
