import { anySignal, untilAborted, type Clock, type Log, type Randomness } from '@sedge/kit';
import {
  asSedgeError,
  modelKey,
  type EngineName,
  type ModelManifest,
  type ModelStatus,
  type SedgeError,
  type TrustedModel,
} from '@sedge/protocol';
import { contentsOf } from './load-model.ts';
import type { LoadedModel, LoadModel } from './loaded-model.ts';
import { PullMeter } from './pull-meter.ts';
import { mayPass, retryWhileItMayPass } from './retry.ts';

export interface ModelTaskOptions {
  readonly trusted: TrustedModel;
  /** The engine that an operator chose. */
  readonly pin: EngineName | undefined;
  readonly load: LoadModel;
  /** Keeps the content in the cache until the answer is called. */
  readonly pinContent: (manifest: ModelManifest) => () => void;
  readonly clock: Pick<Clock, 'sleep' | 'monotonicMs'>;
  readonly randomness: Pick<Randomness, 'uniform'>;
  readonly log: Log;
  /** The status has changed. */
  readonly onChange: () => void;
}

/** Between two words on how far a pull is. */
const PROGRESS_INTERVAL_MS = 1_000;

/**
 * Brings one desired model to ready, again when it was lost or is wanted otherwise, and unloads it. It waits for no other
 * model, and no other for it.
 */
export class ModelTask {
  readonly manifest: ModelManifest;
  readonly #options: ModelTaskOptions;
  readonly #abort = new AbortController();
  /** Aborts when the model is to be loaded anew. */
  #again = new AbortController();
  #pin: EngineName | undefined;
  #status: ModelStatus;
  #model: LoadedModel | undefined;
  #running: Promise<void> | undefined;
  #unpinContent: (() => void) | undefined;
  #progressToldMs = -Infinity;

  constructor(options: ModelTaskOptions) {
    this.#options = options;
    this.manifest = options.trusted.manifest;
    this.#pin = options.pin;
    this.#status = { name: this.manifest.name, version: this.manifest.version, state: 'pending' };
  }

  get status(): ModelStatus {
    return this.#status;
  }

  /** The model, once it is ready. */
  get model(): LoadedModel | undefined {
    return this.#model;
  }

  /** Whether waiting may still change anything. */
  get isSettled(): boolean {
    return this.#status.state === 'ready' || this.#status.state === 'failed';
  }

  start(): void {
    this.#unpinContent ??= this.#options.pinContent(this.manifest);
    this.#running ??= this.#run();
  }

  /** Another engine, or none in particular: a model that is ready serves until its successor is. */
  repin(pin: EngineName | undefined): void {
    if (pin === this.#pin) return;
    this.#pin = pin;
    this.#again.abort();
  }

  /** What kept it from loading is gone. */
  retry(): void {
    if (this.#status.state === 'failed') this.#again.abort();
  }

  /** Calls under way end first. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    await this.#drop();
    this.#unpinContent?.();
    this.#unpinContent = undefined;
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      using attempt = anySignal([this.#abort.signal, this.#again.signal]);
      await this.#serveUntil(attempt.signal);
      if (this.#again.signal.aborted) this.#again = new AbortController();
    }
  }

  /** Resolves when the signal aborts. */
  async #serveUntil(signal: AbortSignal): Promise<void> {
    const onFailure = (error: SedgeError): void => this.#failed(error);
    try {
      await retryWhileItMayPass(() => this.#serve(signal), { ...this.#options, signal, onFailure });
    } catch (cause) {
      // Failures were reported as they came; what is left is that the model is wanted otherwise, or not any more.
      this.#options.log.debug('a model is not brought to ready', { model: modelKey(this.manifest), error: cause });
    }
    await aborted(signal);
  }

  /** Loads the model and stays while it is ready. Throws why it is not, or is no longer, and the reason of the signal. */
  async #serve(signal: AbortSignal): Promise<never> {
    const model = await this.#load(signal);
    if (signal.aborted) await model.release();
    signal.throwIfAborted();
    this.#ready(model);
    const error = await untilAborted(model.lost, signal);
    await this.#drop();
    throw error;
  }

  #load(signal: AbortSignal): Promise<LoadedModel> {
    const { clock, load, trusted } = this.#options;
    const totalBytes = contentsOf(this.manifest).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const meter = new PullMeter(totalBytes, clock);
    return load(trusted, {
      pin: this.#pin,
      signal,
      onStage: (state) => this.#enter({ state }),
      onPulled: (doneBytes) => {
        meter.note(doneBytes);
        this.#progressed(meter);
      },
    });
  }

  #progressed(meter: PullMeter): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#progressToldMs < PROGRESS_INTERVAL_MS) return;
    this.#progressToldMs = nowMs;
    this.#enter({ state: 'pulling', progress: meter.progress });
  }

  #failed(error: SedgeError): void {
    this.#options.log.warn('a model is not ready', { model: modelKey(this.manifest), error });
    // Its successor on another engine may yet come, and until then it serves.
    if (this.#model !== undefined && mayPass(error)) return;
    this.#letGo(this.#model);
    this.#model = undefined;
    this.#enter({ state: mayPass(error) ? 'pulling' : 'failed', error: reportedError(error) });
  }

  #ready(model: LoadedModel): void {
    const before = this.#model;
    this.#model = model;
    const { engine, choice } = model;
    this.#options.log.info('a model is ready', { model: modelKey(this.manifest), engine, reason: choice.reason });
    this.#enter({ state: 'ready', engine, choice });
    this.#letGo(before);
  }

  #letGo(model: LoadedModel | undefined): void {
    model?.release().catch((error: unknown) => this.#options.log.error('a model was not unloaded', { error }));
  }

  async #drop(): Promise<void> {
    const model = this.#model;
    this.#model = undefined;
    await model?.release();
  }

  /** A model that serves says so, whatever is prepared meanwhile. */
  #enter(change: Omit<ModelStatus, 'name' | 'version'>): void {
    if (this.#model !== undefined && change.state !== 'ready') return;
    this.#status = { name: this.manifest.name, version: this.manifest.version, ...change };
    this.#options.onChange();
  }
}

/** An error as it may leave the node. */
export function reportedError(cause: unknown): NonNullable<ModelStatus['error']> {
  const { code, exposed, detail, say } = asSedgeError(cause);
  return { code, detail: (exposed ? detail : say).slice(0, 2_000) };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
