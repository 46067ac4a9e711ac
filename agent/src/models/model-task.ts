import { untilAborted, type Clock, type Log, type Randomness } from '@sedge/kit';
import { asSedgeError, type ModelManifest, type ModelStatus, type SedgeError } from '@sedge/protocol';
import type { LoadedModel, LoadModel } from './loaded-model.ts';
import { mayPass, retryWhileItMayPass } from './retry.ts';

export interface ModelTaskOptions {
  readonly manifest: ModelManifest;
  readonly load: LoadModel;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly randomness: Pick<Randomness, 'uniform'>;
  readonly log: Log;
  /** The status has changed. */
  readonly onChange: () => void;
}

/** Brings one desired model to ready, again when it was lost, and unloads it. It waits for no other model, and no other for it. */
export class ModelTask {
  readonly manifest: ModelManifest;
  readonly #options: ModelTaskOptions;
  readonly #abort = new AbortController();
  #status: ModelStatus;
  #model: LoadedModel | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ModelTaskOptions) {
    this.#options = options;
    this.manifest = options.manifest;
    this.#status = { name: this.manifest.name, version: this.manifest.version, state: 'pending' };
  }

  get status(): ModelStatus {
    return this.#status;
  }

  /** The model, once it is ready. */
  get model(): LoadedModel | undefined {
    return this.#model;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    const model = this.#model;
    this.#model = undefined;
    await model?.release();
  }

  async #run(): Promise<void> {
    const { manifest, log } = this.#options;
    const { signal } = this.#abort;
    const onFailure = (error: SedgeError): void => this.#failed(error);
    try {
      await retryWhileItMayPass(() => this.#serve(signal), { ...this.#options, signal, onFailure });
    } catch (cause) {
      // Failures were reported as they came; what is left is that the model is not wanted any more.
      log.debug('a model is not brought to ready', { model: manifest.name, error: asSedgeError(cause) });
    }
  }

  /** Loads the model and stays while it is ready. Throws why it is not, or is no longer, and the reason of the signal. */
  async #serve(signal: AbortSignal): Promise<never> {
    const { manifest, load } = this.#options;
    const model = await load(manifest, (state) => this.#enter({ state }), signal);
    if (signal.aborted) await model.release();
    signal.throwIfAborted();
    this.#ready(model);
    const error = await untilAborted(model.lost, signal);
    this.#model = undefined;
    await model.release();
    throw error;
  }

  #failed(error: SedgeError): void {
    const { name, version } = this.manifest;
    this.#options.log.warn('a model is not ready', { model: name, version, error });
    this.#enter({ state: mayPass(error) ? 'pulling' : 'failed', error: reportedError(error) });
  }

  #ready(model: LoadedModel): void {
    const { name, version } = this.manifest;
    this.#model = model;
    this.#options.log.info('a model is ready', { model: name, version, engine: model.engine });
    this.#enter({ state: 'ready', engine: model.engine });
  }

  #enter(change: Pick<ModelStatus, 'state' | 'engine' | 'error'>): void {
    this.#status = { name: this.manifest.name, version: this.manifest.version, ...change };
    this.#options.onChange();
  }
}

/** An error as it may leave the node. */
export function reportedError({ code, exposed, detail, say }: SedgeError): NonNullable<ModelStatus['error']> {
  return { code, detail: (exposed ? detail : say).slice(0, 2_000) };
}
