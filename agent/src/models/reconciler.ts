import type { Clock, Log, Randomness } from '@sedge/kit';
import {
  asSedgeError,
  MANIFEST,
  modelKey,
  openSignedModel,
  peekPayload,
  type Crypto,
  type DesiredTwin,
  type ModelManifest,
  type ModelRef,
  type ModelStatus,
  type SignedModel,
  type TrustedKeys,
} from '@sedge/protocol';
import type { LoadedModel, LoadModel, ReadyModel } from './loaded-model.ts';
import { ModelTask, reportedError } from './model-task.ts';

export interface ReconcilerOptions {
  readonly crypto: Pick<Crypto, 'verify'>;
  readonly publisherKeys: TrustedKeys;
  readonly load: LoadModel;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly randomness: Pick<Randomness, 'uniform'>;
  readonly log: Log;
  /** What `statuses` says has changed. */
  readonly onChange: () => void;
}

/** One desired model: on its way, or refused before anything of it was pulled. */
type Entry = { readonly task: ModelTask } | { readonly refused: ModelStatus; readonly signed: SignedModel };

/** Makes the models of a node what the coordinator wants them to be. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** By what was signed, so that a version with other bytes is another model. */
  #entries = new Map<string, Entry>();
  #version = -1;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
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
    const before = this.#entries;
    this.#entries = new Map(
      desired.models.map((signed) => [keyOf(signed), before.get(keyOf(signed)) ?? this.#enter(signed)]),
    );
    for (const [key, entry] of before) if (!this.#entries.has(key)) this.#leave(entry);
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

  statuses(): ModelStatus[] {
    return [...this.#entries.values()].map((entry) => ('task' in entry ? entry.task.status : entry.refused));
  }

  /** Desired models that are ready. */
  readyModels(): ReadyModel[] {
    return [...this.#entries.values()].flatMap((entry) =>
      'task' in entry && entry.task.model !== undefined
        ? [{ manifest: entry.task.manifest, model: entry.task.model }]
        : [],
    );
  }

  /** A desired model that is ready. */
  readyModel(ref: ModelRef): LoadedModel | undefined {
    return this.#taskOf(ref)?.model;
  }

  /** The manifest of a desired model, checked. */
  manifestOf(ref: ModelRef): ModelManifest | undefined {
    return this.#taskOf(ref)?.manifest;
  }

  async stop(): Promise<void> {
    const tasks = [...this.#entries.values()].flatMap((entry) => ('task' in entry ? [entry.task] : []));
    this.#entries = new Map();
    await Promise.all(tasks.map((task) => task.stop()));
  }

  #begin(): void {
    for (const entry of this.#entries.values()) if ('task' in entry) entry.task.start();
    this.#options.onChange();
  }

  #taskOf({ name, version }: ModelRef): ModelTask | undefined {
    for (const entry of this.#entries.values()) {
      if ('task' in entry && entry.task.manifest.name === name && entry.task.manifest.version === version) {
        return entry.task;
      }
    }
    return undefined;
  }

  #enter(signed: SignedModel): Entry {
    const { crypto, publisherKeys, log } = this.#options;
    try {
      const manifest = openSignedModel(crypto, signed, publisherKeys);
      return { task: new ModelTask({ ...this.#options, manifest }) };
    } catch (cause) {
      const error = asSedgeError(cause);
      const claimed = claimedRef(signed);
      log.error('a model was refused', { model: claimed && modelKey(claimed), error });
      return { signed, refused: { ...(claimed ?? UNNAMED), state: 'failed', error: reportedError(error) } };
    }
  }

  #leave(entry: Entry): void {
    if (!('task' in entry)) return;
    const { name, version } = entry.task.manifest;
    entry.task.stop().then(
      () => this.#options.log.info('a model was unloaded', { model: name, version }),
      (error: unknown) => this.#options.log.error('a model was not unloaded', { model: name, version, error }),
    );
  }
}

const UNNAMED = { name: 'unreadable' as ModelRef['name'], version: 1 };

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
