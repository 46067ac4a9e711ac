import type { Clock, Log, Timer } from '@sedge/kit';
import { modelKey, type ModelRef, type ModelStatus, type TrustedModel } from '@sedge/protocol';
import type { LoadedModel, ReadyModel } from './loaded-model.ts';
import type { ModelTask } from './model-task.ts';

export interface LeavingModelsOptions {
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
  /** Whether another version of this name is desired and on its way. */
  readonly isAwaited: (name: ModelRef['name']) => boolean;
}

export interface ServingModel {
  readonly task: ModelTask;
  readonly trusted: TrustedModel;
}

interface Leaving extends ServingModel {
  /** Ends the wait for a successor, later that for the last requests. */
  timer: Timer;
  /** It is spoken of no more, so that nothing new is sent to it. */
  isQuiet: boolean;
}

/** A successor that does not come in this time is not waited for. */
const SUCCESSOR_MS = 10 * 60_000;
/** Requests that were sent before the coordinator heard of the switch still come. */
const LAST_REQUESTS_MS = 5_000;

/**
 * Models that are desired no longer. One that serves goes on until another version of its name is ready, or has failed
 * for good; then it answers what is still on its way, and is unloaded.
 */
export class LeavingModels {
  readonly #options: LeavingModelsOptions;
  readonly #models = new Map<string, Leaving>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(options: LeavingModelsOptions) {
    this.#options = options;
  }

  add(key: string, serving: ServingModel): void {
    const { manifest, model } = serving.task;
    if (model === undefined) return this.#unload(serving);
    const timer = this.#options.clock.setTimer(SUCCESSOR_MS, () => this.#quieten(key)).unref();
    this.#models.set(key, { ...serving, timer, isQuiet: false });
    this.#options.log.info('a model is wanted no longer', { model: modelKey(manifest) });
  }

  /** It is desired again. */
  takeBack(key: string): ServingModel | undefined {
    const leaving = this.#models.get(key);
    if (leaving === undefined) return undefined;
    this.#models.delete(key);
    leaving.timer.cancel();
    const { task, trusted } = leaving;
    return { task, trusted };
  }

  /** The models that are desired have changed, or one of them has. */
  review(): void {
    for (const [key, { task, isQuiet }] of this.#models) {
      if (!isQuiet && !this.#options.isAwaited(task.manifest.name)) this.#quieten(key);
    }
  }

  statuses(): ModelStatus[] {
    return [...this.#models.values()].filter(({ isQuiet }) => !isQuiet).map(({ task }) => task.status);
  }

  /** Those that new requests may still be sent to. */
  readyModels(): ReadyModel[] {
    const serving = [...this.#models.values()].filter(({ isQuiet }) => !isQuiet);
    return serving.flatMap(({ task: { manifest, model } }) => (model === undefined ? [] : [{ manifest, model }]));
  }

  readyModel({ name, version }: ModelRef): LoadedModel | undefined {
    const models = [...this.#models.values()].map(({ task }) => task);
    return models.find(({ manifest }) => manifest.name === name && manifest.version === version)?.model;
  }

  async stop(): Promise<void> {
    for (const key of this.#models.keys()) this.#end(key);
    await Promise.all(this.#stopping);
  }

  #quieten(key: string): void {
    const leaving = this.#models.get(key);
    if (leaving === undefined || leaving.isQuiet) return;
    leaving.isQuiet = true;
    leaving.timer.cancel();
    leaving.timer = this.#options.clock.setTimer(LAST_REQUESTS_MS, () => this.#end(key)).unref();
  }

  #end(key: string): void {
    const leaving = this.#models.get(key);
    this.#models.delete(key);
    leaving?.timer.cancel();
    if (leaving !== undefined) this.#unload(leaving);
  }

  #unload({ task }: ServingModel): void {
    const { log } = this.#options;
    const model = modelKey(task.manifest);
    const stopping = task
      .stop()
      .then(
        () => log.info('a model was unloaded', { model }),
        (error: unknown) => log.error('a model was not unloaded', { model, error }),
      )
      .finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
  }
}
