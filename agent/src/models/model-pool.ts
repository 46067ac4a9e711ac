import { deadlineSignal, TaskQueue, type Clock } from '@sedge/kit';
import { limits, SedgeError, type ContentRef, type ModelManifest, type Tensor } from '@sedge/protocol';
import type { ModelMetadata, ModelFiles, ModelHost } from '@sedge/runtime';
import type { Inference, InferOptions, LoadedModel } from './loaded-model.ts';

export interface ModelPoolOptions {
  readonly host: Pick<ModelHost, 'open' | 'run' | 'close'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
}

interface OpenModel {
  users: number;
  readonly metadata: Promise<ModelMetadata>;
  readonly lost: Promise<SedgeError>;
  lose(error: SedgeError): void;
}

/** Models that are open in the host, each once, however many identities want it: content decides, not the name. */
export class ModelPool {
  readonly #options: ModelPoolOptions;
  readonly #open = new Map<string, OpenModel>();
  readonly #calls = new TaskQueue(limits.hostQueueMax);

  constructor(options: ModelPoolOptions) {
    this.#options = options;
  }

  /** `files` is asked only if nobody else has the model open. Throws what the host throws. */
  async acquire(manifest: ModelManifest, files: () => Promise<ModelFiles>): Promise<LoadedModel> {
    const id = contentId(manifest);
    const entry = this.#open.get(id) ?? this.#begin(id, files);
    entry.users += 1;
    try {
      return this.#handle(id, entry, await entry.metadata);
    } catch (error) {
      await this.#leave(id, entry);
      throw error;
    }
  }

  /** The host could not open a model again after a crash: its users hear of it, the next one opens it anew. */
  lose(id: string, error: SedgeError): void {
    const entry = this.#open.get(id);
    this.#open.delete(id);
    entry?.lose(error);
  }

  #begin(id: string, files: () => Promise<ModelFiles>): OpenModel {
    const metadata = files().then((content) => this.#options.host.open(id, content));
    let lose = (_error: SedgeError): void => undefined;
    const lost = new Promise<SedgeError>((resolve) => (lose = resolve));
    const entry: OpenModel = { users: 0, metadata, lost, lose };
    this.#open.set(id, entry);
    return entry;
  }

  async #leave(id: string, entry: OpenModel): Promise<void> {
    entry.users -= 1;
    // Of a lost one nothing is left to close; a newer one may be open under its id.
    if (entry.users > 0 || this.#open.get(id) !== entry) return;
    this.#open.delete(id);
    await this.#options.host.close(id);
  }

  #handle(id: string, entry: OpenModel, { engine }: ModelMetadata): LoadedModel {
    let isReleased = false;
    return {
      engine,
      lost: entry.lost,
      infer: (functionName, inputs, options) =>
        this.#infer(id, functionName, inputs, options).catch((error: unknown) => this.#failed(id, entry, error)),
      release: async () => {
        if (isReleased) return;
        isReleased = true;
        await this.#leave(id, entry);
      },
    };
  }

  /** A call may find out that the host has lost its model before `lose` is told. */
  #failed(id: string, entry: OpenModel, cause: unknown): never {
    if (cause instanceof SedgeError && cause.code === 'MODEL_NOT_LOADED') {
      if (this.#open.get(id) === entry) this.#open.delete(id);
      entry.lose(cause);
    }
    throw cause;
  }

  /** One at a time, as in the host, so that waiting and computing can be told apart. */
  #infer(id: string, functionName: string, inputs: readonly Tensor[], options: InferOptions): Promise<Inference> {
    const { clock, host } = this.#options;
    const askedMs = clock.monotonicMs();
    return this.#calls.run(async () => {
      const begunMs = clock.monotonicMs();
      const remainingMs = options.timeoutMs - (begunMs - askedMs);
      if (remainingMs <= 0) throw new SedgeError('INFERENCE_TIMEOUT', 'the deadline passed in the queue of the node');
      using patience = deadlineSignal({
        clock,
        timeoutMs: remainingMs,
        code: 'INFERENCE_TIMEOUT',
        parents: [options.signal],
      });
      patience.signal.throwIfAborted();
      // The host kills a model that outlasts its time. A caller in a hurry must not have that done for everybody.
      const timeoutMs = Math.max(remainingMs, limits.inferTimeoutMs);
      const outputs = await host.run(id, functionName, inputs, { timeoutMs, signal: patience.signal });
      return { outputs, queueMs: begunMs - askedMs, computeMs: clock.monotonicMs() - begunMs };
    });
  }
}

function contentId({ format, artifact, weights }: ModelManifest): string {
  const digestOf = (content: ContentRef | undefined): string => content?.digest ?? 'none';
  return `${format} ${digestOf(artifact)} ${digestOf(weights)}`;
}
