import { deadlineSignal, TaskQueue, type Clock } from '@sedge/kit';
import {
  limits,
  SedgeError,
  type EngineChoice,
  type EngineName,
  type ModelManifest,
  type Tensor,
  type TrustedModel,
} from '@sedge/protocol';
import type { ModelFiles, ModelMetadata } from '@sedge/runtime';
import { contentKey } from './content-key.ts';
import type { Inference, InferOptions, LoadedModel } from './loaded-model.ts';
import type { OpenHosts } from './model-hosts.ts';

export interface ModelPoolOptions {
  readonly hosts: OpenHosts;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimer'>;
}

interface OpenModel {
  readonly id: string;
  readonly content: string;
  users: number;
  readonly choice: EngineChoice;
  readonly metadata: Promise<ModelMetadata>;
  /** What waits for this model; models of one host take turns there. */
  readonly calls: TaskQueue;
  readonly lost: Promise<SedgeError>;
  lose(error: SedgeError): void;
}

/**
 * Models that are open in the hosts, each once, however many identities want it: content decides, not the name. Models
 * of another publisher, or for another engine, are others.
 */
export class ModelPool {
  readonly #options: ModelPoolOptions;
  readonly #open = new Map<string, OpenModel>();

  constructor(options: ModelPoolOptions) {
    this.#options = options;
  }

  /** `files` are opened only if nobody else has the model open. Throws what the host throws. */
  async acquire(trusted: TrustedModel, choice: EngineChoice, files: ModelFiles): Promise<LoadedModel> {
    const id = openId(trusted, choice);
    const entry = this.#open.get(id) ?? this.#begin(id, trusted, choice, files);
    entry.users += 1;
    try {
      await entry.metadata;
      return this.#handle(entry);
    } catch (error) {
      await this.#leave(entry);
      throw error;
    }
  }

  /** Which content is, or is being, opened under an id. */
  contentOf(id: string): string | undefined {
    return this.#open.get(id)?.content;
  }

  /** The host could not open a model again after a crash: its users hear of it, the next one opens it anew. */
  lose(id: string, error: SedgeError): void {
    const entry = this.#open.get(id);
    this.#open.delete(id);
    entry?.lose(error);
  }

  /** No model of this content goes on. */
  async shut(content: string, error: SedgeError): Promise<void> {
    const entries = [...this.#open.values()].filter((entry) => entry.content === content);
    for (const { id } of entries) this.lose(id, error);
    await Promise.all(entries.map(({ id }) => this.#options.hosts.close(id)));
  }

  #begin(id: string, { manifest, publisher }: TrustedModel, choice: EngineChoice, files: ModelFiles): OpenModel {
    const { provider } = choice;
    const engine = choice.engine as EngineName;
    let lose = (_error: SedgeError): void => undefined;
    const lost = new Promise<SedgeError>((resolve) => (lose = resolve));
    const entry: OpenModel = {
      id,
      content: contentKey(manifest),
      users: 0,
      choice,
      metadata: this.#options.hosts.open(id, { ...files, engine, provider }, publisher),
      calls: new TaskQueue(limits.hostQueueMax),
      lost,
      lose: (error) => lose(error),
    };
    this.#open.set(id, entry);
    return entry;
  }

  async #leave(entry: OpenModel): Promise<void> {
    entry.users -= 1;
    // Of a lost one nothing is left to close; a newer one may be open under its id.
    if (entry.users > 0 || this.#open.get(entry.id) !== entry) return;
    this.#open.delete(entry.id);
    await this.#options.hosts.close(entry.id);
  }

  #handle(entry: OpenModel): LoadedModel {
    const underWay = new Set<Promise<Inference>>();
    let releasing: Promise<void> | undefined;
    return {
      engine: entry.choice.engine,
      choice: entry.choice,
      lost: entry.lost,
      infer: (functionName, inputs, options) => {
        const call = this.#infer(entry, functionName, inputs, options).catch((error: unknown) =>
          this.#failed(entry, error),
        );
        underWay.add(call);
        return call.finally(() => underWay.delete(call));
      },
      release: () => (releasing ??= Promise.allSettled(underWay).then(() => this.#leave(entry))),
    };
  }

  /** A call may find out that the host has lost its model before `lose` is told. */
  #failed(entry: OpenModel, cause: unknown): never {
    if (cause instanceof SedgeError && cause.code === 'MODEL_NOT_LOADED') {
      if (this.#open.get(entry.id) === entry) this.#open.delete(entry.id);
      entry.lose(cause);
    }
    throw cause;
  }

  /** One at a time, so that waiting and computing can be told apart. */
  #infer(
    { id, calls }: OpenModel,
    functionName: string,
    inputs: readonly Tensor[],
    options: InferOptions,
  ): Promise<Inference> {
    const { clock, hosts } = this.#options;
    const askedMs = clock.monotonicMs();
    return calls.run(async () => {
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
      const outputs = await hosts.run(id, functionName, inputs, { timeoutMs, signal: patience.signal });
      return { outputs, queueMs: begunMs - askedMs, computeMs: clock.monotonicMs() - begunMs };
    });
  }
}

function openId({ manifest, publisher }: TrustedModel, { engine, provider }: EngineChoice): string {
  return `${nameOf(manifest)} of ${publisher} in ${engine}/${provider}`;
}

function nameOf(manifest: ModelManifest): string {
  return `${manifest.format} ${contentKey(manifest)}`;
}
