import type { Clock, Log, Timer } from '@sedge/kit';
import { SedgeError } from '@sedge/protocol/core';
import type { HostChannel, StartGuest } from './channel.ts';
import type { HostReply, HostRequest, Operation, RequestOf, ResultOf } from './messages.ts';
import { RestartPause } from './restart-pause.ts';
import { TurnQueues } from './turn-queues.ts';

export interface LineCall {
  /** Whose queue the call waits in, and who is named when the guest ends during the call. */
  readonly model: string;
  /** The caller waits no longer; a guest that works on the call for so long is replaced. */
  readonly timeoutMs: number;
  /** Lets go of the call: one that waits is not begun. */
  readonly signal?: AbortSignal | undefined;
  /** After its caller let go, a call that runs has so long to end; without it, its whole time. */
  readonly stopGraceMs?: number;
}

/** Something that a new guest must be asked before anything else. */
export interface Recovery {
  readonly model: string;
  readonly request: HostRequest;
  readonly timeoutMs: number;
  readonly onFailure: (error: Error) => void;
}

export interface GuestLineOptions {
  readonly startGuest: StartGuest;
  readonly clock: Pick<Clock, 'setTimer' | 'monotonicMs'>;
  readonly log: Log;
  /** Calls that wait for one model. */
  readonly queueMax: number;
  /** Called when a guest was lost: what brings its successor to the same state. */
  readonly recover: () => readonly Recovery[];
  /** The guest ended, or had to be ended, while it worked for this model. */
  readonly onCrash: (model: string, error: SedgeError) => void;
}

interface Job {
  readonly request: HostRequest;
  readonly model: string;
  readonly timeoutMs: number;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

interface RunningJob {
  readonly job: Job;
  readonly id: number;
  timer: Timer;
  /** Its caller stopped it: that it is ended then is nobody's fault. */
  isLetGo: boolean;
}

interface Guest {
  readonly channel: HostChannel;
  readonly startTimer: Timer;
  isReady: boolean;
}

/** Node itself begins within 50 ms on a desktop and within some seconds on a busy board. */
const START_TIMEOUT_MS = 30_000;

/** One request at a time to a guest that is started with the first one and replaced when it hangs or is lost. */
export class GuestLine {
  readonly #options: GuestLineOptions;
  readonly #waiting: TurnQueues<Job>;
  readonly #restartPause = new RestartPause();
  #recoveries: Job[] = [];
  #running: RunningJob | undefined;
  #guest: Guest | undefined;
  #pause: Timer | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor(options: GuestLineOptions) {
    this.#options = options;
    this.#waiting = new TurnQueues(options.queueMax);
  }

  /** Calls that wait, without the one that runs. */
  get depth(): number {
    return this.#waiting.size;
  }

  get hasGuest(): boolean {
    return this.#guest !== undefined;
  }

  /**
   * Throws what the guest answers, MODEL_TIMEOUT, MODEL_CRASHED, MODEL_OUT_OF_MEMORY, QUEUE_FULL, STOPPING,
   * ENGINE_UNAVAILABLE when no guest starts, or the reason of the signal.
   */
  call<Op extends Operation>(op: Op, body: RequestOf<Op>, call: LineCall): Promise<ResultOf<Op>> {
    const refusal = this.#refusal(call);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#enqueue({ op, body } as HostRequest, call, resolve, reject);
    });
  }

  open(): void {
    this.#isClosed = false;
  }

  /** Ends the guest; everything that runs or waits gets STOPPING. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#recoveries = [];
    const running = this.#takeRunning();
    for (const job of [...(running === undefined ? [] : [running.job]), ...this.#waiting.drain()])
      job.reject(stopped());
    await this.#takeGuest()?.channel.kill();
  }

  #refusal({ model, signal }: LineCall): Error | undefined {
    if (this.#isClosed) return stopped();
    if (this.#waiting.isFull(model)) {
      return new SedgeError('QUEUE_FULL', `${this.#options.queueMax} calls of ${model} wait already`);
    }
    return signal?.aborted === true ? abortReason(signal) : undefined;
  }

  #enqueue(request: HostRequest, call: LineCall, resolve: Job['resolve'], reject: Job['reject']): void {
    const { model, timeoutMs, signal, stopGraceMs } = call;
    let patience: Timer | undefined;
    const onAbort = (): void => {
      this.#letGo(job, stopGraceMs);
      if (signal !== undefined) job.reject(abortReason(signal));
    };
    const settle =
      <Value>(end: (value: Value) => void) =>
      (value: Value): void => {
        signal?.removeEventListener('abort', onAbort);
        patience?.cancel();
        end(value);
      };
    const job: Job = { request, model, timeoutMs, resolve: settle(resolve), reject: settle(reject) };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#waiting.offer(model, job);
    this.#pump();
    // A call that begins at once has its own deadline already, at the same moment.
    if (this.#running?.job !== job) patience = this.#patience(job);
  }

  /** A caller is not kept waiting behind others. A call that has begun meanwhile keeps its whole time. */
  #patience(job: Job): Timer {
    return this.#options.clock.setTimer(job.timeoutMs, () => {
      this.#waiting.remove(job.model, job);
      job.reject(new SedgeError('MODEL_TIMEOUT', `no answer in ${job.timeoutMs} ms, the wait for others included`));
    });
  }

  #letGo(job: Job, graceMs: number | undefined): void {
    this.#waiting.remove(job.model, job);
    if (this.#running?.job !== job || graceMs === undefined) return;
    this.#running.isLetGo = true;
    this.#running.timer.cancel();
    this.#running.timer = this.#deadline(job, graceMs);
  }

  #pump(): void {
    if (this.#running !== undefined || this.#pause !== undefined) return;
    if (this.#recoveries.length === 0 && this.#waiting.isEmpty) return;
    this.#guest ??= this.#startGuest();
    if (this.#guest.isReady) this.#begin(this.#guest.channel, this.#recoveries.shift() ?? this.#waiting.take());
  }

  #begin(channel: HostChannel, job: Job | undefined): void {
    if (job === undefined) return;
    const id = ++this.#lastId;
    this.#running = { job, id, timer: this.#deadline(job, job.timeoutMs), isLetGo: false };
    channel.send({ ...job.request, id });
  }

  #deadline(job: Job, timeoutMs: number): Timer {
    return this.#options.clock.setTimer(timeoutMs, () => {
      if (this.#running?.job === job)
        this.#replaceGuest(new SedgeError('MODEL_TIMEOUT', `not done in ${timeoutMs} ms`));
    });
  }

  #startGuest(): Guest {
    const channel = this.#options.startGuest({
      onReply: (reply) => {
        if (this.#guest === guest) this.#take(guest, reply);
      },
      onEnd: (error) => {
        if (this.#guest === guest) this.#replaceGuest(error);
      },
    });
    const startTimer = this.#options.clock.setTimer(START_TIMEOUT_MS, () => {
      if (this.#guest === guest) this.#replaceGuest(new SedgeError('ENGINE_UNAVAILABLE', 'the host does not begin'));
    });
    const guest: Guest = { channel, startTimer, isReady: false };
    return guest;
  }

  #take(guest: Guest, reply: HostReply): void {
    switch (reply.kind) {
      case 'ready':
        guest.isReady = true;
        guest.startTimer.cancel();
        return this.#pump();
      case 'log':
        return this.#options.log[reply.level](reply.message, { model: reply.model });
      case 'result':
      case 'failure':
        return this.#answer(reply);
    }
  }

  #answer(reply: Extract<HostReply, { readonly id: number }>): void {
    if (this.#running?.id !== reply.id) return;
    const job = this.#takeRunning()?.job;
    if (reply.kind === 'result') job?.resolve(reply.value as never);
    else job?.reject(new SedgeError(reply.code, reply.detail, { expose: reply.exposed }));
    this.#pump();
  }

  /** The guest is gone, or has to go: what ran fails, its successor recovers, and those that wait go on. */
  #replaceGuest(error: SedgeError): void {
    const guest = this.#takeGuest();
    const running = this.#takeRunning();
    this.#options.log.warn('a model host is replaced', { error, model: running?.job.model });
    void guest?.channel.kill();
    if (guest?.isReady === false) this.#refuseWaiting(error);
    if (running?.isLetGo === false) this.#options.onCrash(running.job.model, error);
    running?.job.reject(error);
    this.#recoveries = this.#options.recover().map(recoveryJob);
    this.#restart();
  }

  /** A guest that ends before it begins has a cause outside of the models: who waits is told, nobody is blamed. */
  #refuseWaiting({ detail }: SedgeError): void {
    const error = new SedgeError('ENGINE_UNAVAILABLE', `no model host can be started: ${detail}`);
    for (const job of this.#waiting.drain()) job.reject(error);
  }

  #restart(): void {
    const { clock } = this.#options;
    const pauseMs = this.#restartPause.next(clock.monotonicMs());
    if (pauseMs === 0) return this.#pump();
    this.#pause = clock.setTimer(pauseMs, () => {
      this.#pause = undefined;
      this.#pump();
    });
  }

  #takeGuest(): Guest | undefined {
    const guest = this.#guest;
    this.#guest = undefined;
    guest?.startTimer.cancel();
    return guest;
  }

  #takeRunning(): RunningJob | undefined {
    const running = this.#running;
    this.#running = undefined;
    running?.timer.cancel();
    return running;
  }
}

function recoveryJob({ request, model, timeoutMs, onFailure }: Recovery): Job {
  return { request, model, timeoutMs, resolve: () => undefined, reject: onFailure };
}

function stopped(): SedgeError {
  return new SedgeError('STOPPING', 'the model host was stopped');
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}
