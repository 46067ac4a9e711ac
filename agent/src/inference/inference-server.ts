import { withDeadline, type Clock, type Log } from '@sedge/kit';
import {
  asSedgeError,
  ChunkAssembler,
  decodeTensorFrame,
  inferRequestHead,
  limits,
  modelKey,
  SedgeError,
  type Crypto,
  type InferRequestHead,
  type InferResponseHead,
  type ModelRef,
  type Tensor,
  type TensorFrame,
} from '@sedge/protocol';
import type { LoadedModel } from '../models/loaded-model.ts';

export interface InferenceServerOptions {
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly readyModel: (ref: ModelRef) => LoadedModel | undefined;
  readonly answer: (requestId: string, head: InferResponseHead, tensors: readonly Tensor[]) => Promise<void>;
  /** Throws NODE_SHEDDING while no work is taken; requests under way are not asked. */
  readonly admit: () => void;
  readonly log: Log;
  /** Requests that are under way at a time. */
  readonly requestsMax?: number;
}

/** Requests of several frames that are put together at a time; each may have up to 64 MB. */
const OPEN_STREAMS_MAX = 16;

/** Answers requests with the models that are ready. Each request gets one answer, be it an error. */
export class InferenceServer {
  readonly #options: InferenceServerOptions;
  readonly #assembler: ChunkAssembler;
  readonly #running = new Map<string, AbortController>();
  #isStopping = false;
  #onIdle = (): void => undefined;

  constructor(options: InferenceServerOptions) {
    this.#options = options;
    this.#assembler = new ChunkAssembler(options.crypto, { openStreamsMax: OPEN_STREAMS_MAX });
  }

  /** Requests that wait or are computed. */
  get underWay(): number {
    return this.#running.size;
  }

  /** One frame of a request; the last one sets it going. */
  async frame(requestId: string, frame: Uint8Array): Promise<void> {
    try {
      const { bytes, encoding } = this.#assembler.accept(frame);
      if (encoding !== 'tensorFrame') throw new SedgeError('FRAME_MALFORMED', 'a request is a tensor frame');
      // A request that came twice is computed once.
      if (bytes === undefined || this.#running.has(requestId)) return;
      await this.#serve(requestId, decodeTensorFrame(bytes, inferRequestHead));
    } catch (error) {
      await this.#refuse(requestId, error);
    }
  }

  /** Nobody waits any more: a request that is queued is dropped, and one that is computed is not answered. */
  cancel(requestId: string): void {
    this.#running.get(requestId)?.abort(new SedgeError('INFERENCE_TIMEOUT', 'cancelled'));
  }

  /** Takes no more requests, gives those under way a moment, then drops them. */
  async stop(clock: Pick<Clock, 'setTimer'>, graceMs: number): Promise<void> {
    this.#isStopping = true;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      if (this.#running.size === 0) resolve();
    });
    // Whoever is still waiting then hears from the coordinator that this node is gone.
    await withDeadline(idle, graceMs, clock, 'STOPPING').catch(() => undefined);
    for (const requestId of this.#running.keys()) this.cancel(requestId);
  }

  async #serve(requestId: string, { head, tensors }: TensorFrame<InferRequestHead>): Promise<void> {
    const { requestsMax = limits.inflightPerNodeMax } = this.#options;
    if (this.#isStopping) throw new SedgeError('STOPPING', 'the agent stops');
    this.#options.admit();
    if (this.#running.size >= requestsMax) {
      throw new SedgeError('QUEUE_FULL', `${requestsMax} requests are under way`, { expose: true });
    }
    const ref = { name: head.model, version: head.version };
    const model = this.#options.readyModel(ref);
    if (model === undefined) throw new SedgeError('MODEL_NOT_LOADED', modelKey(ref), { expose: true });
    const abort = new AbortController();
    this.#running.set(requestId, abort);
    try {
      const { outputs, ...timing } = await model.infer(head.function, tensors, {
        timeoutMs: Math.min(head.timeoutMs, limits.inferTimeoutMsMax),
        signal: abort.signal,
      });
      if (abort.signal.aborted) return;
      await this.#options.answer(requestId, { ok: true, engine: model.engine, ...timing }, outputs);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    } finally {
      this.#running.delete(requestId);
      if (this.#running.size === 0) this.#onIdle();
    }
  }

  async #refuse(requestId: string, cause: unknown): Promise<void> {
    const { code, exposed, detail } = asSedgeError(cause);
    this.#options.log.warn('a request was not answered with tensors', { requestId, error: cause });
    const head = { ok: false, code, detail: exposed ? detail.slice(0, 2_000) : '' } as const;
    try {
      await this.#options.answer(requestId, head, []);
    } catch (error) {
      this.#options.log.debug('an answer did not leave', { requestId, error });
    }
  }
}
