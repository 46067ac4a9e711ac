import type { Clock, Log, Randomness } from '@sedge/kit';
import {
  asSedgeError,
  MANIFEST,
  modelKey,
  openTrustedModel,
  peekPayload,
  type Crypto,
  type DesiredTwin,
  type EngineName,
  type ModelManifest,
  type ModelRef,
  type ModelStatus,
  type SignedModel,
  type TrustedKeys,
  type TrustedModel,
} from '@sedge/protocol';
import { contentKey } from './content-key.ts';
import { LeavingModels } from './leaving-models.ts';
import type { LoadedModel, LoadModel, ReadyModel } from './loaded-model.ts';
import { ModelTask, reportedError, type ModelTaskOptions } from './model-task.ts';

export interface ReconcilerOptions {
  readonly crypto: Pick<Crypto, 'verify'>;
  readonly publisherKeys: TrustedKeys;
  readonly load: LoadModel;
  readonly pinContent: ModelTaskOptions['pinContent'];
  readonly clock: Pick<Clock, 'sleep' | 'monotonicMs' | 'setTimer'>;
  readonly randomness: Pick<Randomness, 'uniform'>;
  readonly log: Log;
  /** What `statuses` says has changed. */
  readonly onChange: () => void;
}

/** One desired model: on its way, or refused before anything of it was pulled. */
type Entry =
  | { readonly task: ModelTask; readonly trusted: TrustedModel }
  | { readonly refused: ModelStatus; readonly signed: SignedModel };

/** Makes the models of a node what the coordinator wants them to be. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #leaving: LeavingModels;
  /** By what was signed, so that a version with other bytes is another model. */
  #entries = new Map<string, Entry>();
  #pins: ReadonlyMap<string, EngineName> = new Map();
  #version = -1;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#leaving = new LeavingModels({ ...options, isAwaited: (name) => this.#isAwaited(name) });
  }

  /** The version of the twin in force; −1 before the first one. */
  get version(): number {
    return this.#version;
  }

  /** False for a twin that is older than the one in force: it is dropped. The same one again changes nothing. */
  apply(desired: DesiredTwin): boolean {
    if (desired.version < this.#version) {
      this.#options.log.warn('an older twin was dropped', { version: desired.version, inForce: this.#version });
      return false;
    }
    this.#version = desired.version;
    this.#pins = new Map((desired.pins ?? []).map(({ model, engine }) => [modelKey(model), engine]));
    const before = this.#entries;
    this.#entries = new Map(desired.models.map((signed) => [keyOf(signed), this.#keepOrEnter(before, signed)]));
    for (const [key, entry] of before) if (!this.#entries.has(key)) this.#leave(key, entry);
    this.#begin();
    return true;
  }

  /** The publishers have changed: models of those that were unknown are tried again, all others stay as they are. */
  publishersChanged(): void {
    const isOpen = (entry: Entry): entry is Extract<Entry, { refused: unknown }> =>
      'refused' in entry && entry.refused.error?.code === 'PUBLISHER_UNKNOWN';
    for (const [key, entry] of this.#entries) if (isOpen(entry)) this.#entries.set(key, this.#enter(entry.signed));
    this.#begin();
  }

  /** Content left the quarantine. */
  released(content: string): void {
    for (const { task } of this.#tasks()) if (contentKey(task.manifest) === content) task.retry();
  }

  /** Those that are desired, and those that serve until their successors can. */
  statuses(): ModelStatus[] {
    const desired = [...this.#entries.values()].map((entry) => ('task' in entry ? entry.task.status : entry.refused));
    return [...desired, ...this.#leaving.statuses()];
  }

  /** Models that are ready: those that are desired, and those that serve until their successors can. */
  readyModels(): ReadyModel[] {
    const desired = this.#tasks().flatMap(({ task: { manifest, model } }) =>
      model === undefined ? [] : [{ manifest, model }],
    );
    return [...desired, ...this.#leaving.readyModels()];
  }

  /** A model that is ready. */
  readyModel(ref: ModelRef): LoadedModel | undefined {
    return this.#find(ref)?.task.model ?? this.#leaving.readyModel(ref);
  }

  /** The manifest of a desired model, checked, and whose it is. */
  trustedModel(ref: ModelRef): TrustedModel | undefined {
    return this.#find(ref)?.trusted;
  }

  async stop(): Promise<void> {
    const tasks = this.#tasks();
    this.#entries = new Map();
    await Promise.all([...tasks.map(({ task }) => task.stop()), this.#leaving.stop()]);
  }

  #begin(): void {
    for (const { task } of this.#tasks()) {
      task.repin(this.#pins.get(modelKey(task.manifest)));
      task.start();
    }
    this.#changed();
  }

  #changed(): void {
    this.#leaving.review();
    this.#options.onChange();
  }

  #tasks(): Extract<Entry, { task: unknown }>[] {
    return [...this.#entries.values()].flatMap((entry) => ('task' in entry ? [entry] : []));
  }

  #find({ name, version }: ModelRef): Extract<Entry, { task: unknown }> | undefined {
    return this.#tasks().find(({ task: { manifest } }) => manifest.name === name && manifest.version === version);
  }

  /** Whether another version of this name is desired and on its way. */
  #isAwaited(name: ModelRef['name']): boolean {
    return this.#tasks().some(({ task }) => task.manifest.name === name && !task.isSettled);
  }

  #keepOrEnter(before: ReadonlyMap<string, Entry>, signed: SignedModel): Entry {
    const key = keyOf(signed);
    return before.get(key) ?? this.#leaving.takeBack(key) ?? this.#enter(signed);
  }

  #enter(signed: SignedModel): Entry {
    const { crypto, publisherKeys, log } = this.#options;
    try {
      const trusted = openTrustedModel(crypto, signed, publisherKeys);
      const pin = this.#pins.get(modelKey(trusted.manifest));
      return { trusted, task: new ModelTask({ ...this.#options, trusted, pin, onChange: () => this.#changed() }) };
    } catch (cause) {
      const error = asSedgeError(cause);
      const claimed = claimedRef(signed);
      log.error('a model was refused', { model: claimed && modelKey(claimed), error });
      return { signed, refused: { ...(claimed ?? UNNAMED), state: 'failed', error: reportedError(error) } };
    }
  }

  #leave(key: string, entry: Entry): void {
    if ('task' in entry) this.#leaving.add(key, entry);
  }
}

const UNNAMED = { name: 'unreadable' as ModelManifest['name'], version: 1 };

function keyOf(signed: SignedModel): string {
  return JSON.stringify(signed);
}

/** What an untrusted manifest calls itself: for the report of its refusal, nothing else. */
function claimedRef({ manifest }: SignedModel): ModelRef | undefined {
  try {
    const { name, version } = peekPayload(MANIFEST, manifest);
    return { name, version };
  } catch {
    // It cannot even be read; the refusal says so.
    return undefined;
  }
}
