import type { Clock, Log, Randomness } from '@sedge/kit';
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

/** Brings one desired model to ready, and unloads it again. It waits for no other model, and no other for it. */
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
    const { manifest, load, log } = this.#options;
    const { signal } = this.#abort;
    const onFailure = (error: SedgeError): void => this.#failed(error);
    try {
      const attempt = (): Promise<LoadedModel> => load(manifest, (state) => this.#enter({ state }), signal);
      const model = await retryWhileItMayPass(attempt, { ...this.#options, signal, onFailure });
      if (signal.aborted) await model.release();
      else this.#ready(model);
    } catch (cause) {
      // Failures were reported as they came; what is left is that the model is not wanted any more.
      log.debug('a model is not brought to ready', { model: manifest.name, error: asSedgeError(cause) });
    }
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
