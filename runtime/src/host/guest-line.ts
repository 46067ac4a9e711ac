import type { Clock, Log, Timer } from '@sedge/kit';
import { SedgeError } from '@sedge/protocol';
import type { HostChannel, StartGuest } from './channel.ts';
import type { HostReply, HostRequest, Operation, RequestOf, ResultOf } from './messages.ts';

export interface LineCall {
  /** Counted from when the guest begins; a guest that takes longer is replaced. */
  readonly timeoutMs: number;
  /** Lets go of the call: one that waits is not begun. */
  readonly signal?: AbortSignal | undefined;
  /** After its caller let go, a call that runs has so long to end; without it, its whole time. */
  readonly stopGraceMs?: number;
}

/** Something that a new guest must be asked before anything else. */
export interface Recovery {
  readonly request: HostRequest;
  readonly timeoutMs: number;
  readonly onFailure: (error: Error) => void;
}

export interface GuestLineOptions {
  readonly startGuest: StartGuest;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
  readonly queueMax: number;
  /** Called when a guest was lost: what brings its successor to the same state. */
  readonly recover: () => readonly Recovery[];
}

interface Job {
  readonly request: HostRequest;
  readonly timeoutMs: number;
  readonly isRecovery: boolean;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

interface RunningJob {
  readonly job: Job;
  readonly id: number;
  timer: Timer;
}

/** One request at a time to a guest that is started with the first one and replaced when it hangs or is lost. */
export class GuestLine {
  readonly #options: GuestLineOptions;
  readonly #waiting: Job[] = [];
  #running: RunningJob | undefined;
  #channel: HostChannel | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor(options: GuestLineOptions) {
    this.#options = options;
  }

  /** Calls that wait, without the one that runs. */
  get depth(): number {
    return this.#waiting.length;
  }

  get hasGuest(): boolean {
    return this.#channel !== undefined;
  }

  /** Throws what the guest answers, MODEL_TIMEOUT, MODEL_FAILED, QUEUE_FULL, STOPPING, or the reason of the signal. */
  call<Op extends Operation>(op: Op, body: RequestOf<Op>, call: LineCall): Promise<ResultOf<Op>> {
    const refusal = this.#refusal(call.signal);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const { signal, timeoutMs } = call;
      const onAbort = (): void => {
        this.#letGo(job, call.stopGraceMs);
        if (signal !== undefined) job.reject(abortReason(signal));
      };
      const settle =
        <Value>(end: (value: Value) => void) =>
        (value: Value): void => {
          signal?.removeEventListener('abort', onAbort);
          end(value);
        };
      const request = { op, body } as HostRequest;
      const job: Job = { request, timeoutMs, isRecovery: false, resolve: settle(resolve), reject: settle(reject) };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(job);
      this.#pump();
    });
  }

  open(): void {
    this.#isClosed = false;
  }

  /** Ends the guest; everything that runs or waits gets STOPPING. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const jobs = [...this.#takeRunning(), ...this.#waiting.splice(0)];
    for (const job of jobs) job.reject(stopped());
    const channel = this.#channel;
    this.#channel = undefined;
    await channel?.kill();
  }

  #refusal(signal: AbortSignal | undefined): Error | undefined {
    const { queueMax } = this.#options;
    if (this.#isClosed) return stopped();
    if (this.#waiting.length >= queueMax) return new SedgeError('QUEUE_FULL', `${queueMax} calls wait already`);
    return signal?.aborted === true ? abortReason(signal) : undefined;
  }

  #letGo(job: Job, graceMs: number | undefined): void {
    const index = this.#waiting.indexOf(job);
    if (index >= 0) this.#waiting.splice(index, 1);
    if (this.#running?.job !== job || graceMs === undefined) return;
    this.#running.timer.cancel();
    this.#running.timer = this.#deadline(job, graceMs);
  }

  #pump(): void {
    if (this.#running !== undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    const id = ++this.#lastId;
    this.#running = { job, id, timer: this.#deadline(job, job.timeoutMs) };
    this.#channel ??= this.#startChannel();
    this.#channel.send({ ...job.request, id });
  }

  #deadline(job: Job, timeoutMs: number): Timer {
    return this.#options.clock.setTimer(timeoutMs, () => {
      if (this.#running?.job === job)
        this.#replaceGuest(new SedgeError('MODEL_TIMEOUT', `not done in ${timeoutMs} ms`));
    });
  }

  #startChannel(): HostChannel {
    const channel = this.#options.startGuest({
      onReply: (reply) => {
        if (this.#channel === channel) this.#take(reply);
      },
      onEnd: (reason) => {
        if (this.#channel === channel)
          this.#replaceGuest(new SedgeError('MODEL_FAILED', `the host was lost: ${reason}`));
      },
    });
    return channel;
  }

  #take(reply: HostReply): void {
    if (reply.kind === 'log') return this.#options.log[reply.level](reply.message, { model: reply.model });
    if (this.#running?.id !== reply.id) return;
    for (const job of this.#takeRunning()) {
      if (reply.kind === 'result') job.resolve(reply.value as never);
      else job.reject(new SedgeError(reply.code, reply.detail, { expose: reply.exposed }));
    }
    this.#pump();
  }

  /** The guest is gone, or has to go: what ran fails, its successor recovers, and those that wait go on. */
  #replaceGuest(error: SedgeError): void {
    const channel = this.#channel;
    this.#channel = undefined;
    const culprits = this.#takeRunning();
    this.#options.log.warn('a model host is replaced', { error, operation: culprits[0]?.request.op });
    void channel?.kill();
    for (const job of culprits) job.reject(error);
    const others = this.#waiting.splice(0).filter((job) => !job.isRecovery);
    this.#waiting.push(...this.#options.recover().map(recoveryJob), ...others);
    this.#pump();
  }

  #takeRunning(): Job[] {
    const running = this.#running;
    this.#running = undefined;
    running?.timer.cancel();
    return running === undefined ? [] : [running.job];
  }
}

function recoveryJob({ request, timeoutMs, onFailure }: Recovery): Job {
  return { request, timeoutMs, isRecovery: true, resolve: () => undefined, reject: onFailure };
}

function stopped(): SedgeError {
  return new SedgeError('STOPPING', 'the model host was stopped');
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}
