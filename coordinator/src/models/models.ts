import {
  type ContentRef,
  type Crypto,
  type Digest,
  type Envelope,
  modelKey,
  type ModelInspection,
  type ModelManifest,
  type ModelName,
  type ModelRef,
  openSignedModel,
  type RunId,
  SedgeError,
  type SignedModel,
  type TrustedKeys,
} from '@sedge/protocol';
import type { ModelVersionView, ModelView } from '@sedge/protocol/routes';
import { type Clock, TaskQueue } from '@sedge/kit';
import type { Emit } from '../events/event-hub.ts';
import type { AppendToLedger } from '../ledger/ledger.ts';
import { checkMagic, MAGIC_BYTES } from './artifact-magic.ts';
import { checkParameters } from './check-parameters.ts';
import type { InspectModel } from './inspect-model.ts';
import {
  type ModelVersion,
  modelVersion,
  modelVersionView,
  restoreVersion,
  type StoredVersion,
} from './model-version.ts';

export interface ModelStore {
  /** Deleted ones too: their numbers stay used. */
  loadVersions(): Promise<StoredVersion[]>;
  addVersion(version: StoredVersion): Promise<void>;
  deleteVersion(ref: ModelRef, atMs: number): Promise<void>;
}

/** What publishing needs of the stored content. */
export interface ModelContent {
  /** Undefined for content that is not there. */
  sizeOf(digest: Digest): Promise<number | undefined>;
  /** The bytes from `start` up to, not including, `end`. Throws BLOB_NOT_FOUND. */
  readRange(digest: Digest, start: number, end: number): Promise<Uint8Array>;
}

/** Says who uses a version, in words for the refusal; undefined if nobody does. */
export type ModelUse = (ref: ModelRef) => string | undefined;

export interface ModelsOptions {
  readonly store: ModelStore;
  readonly content: ModelContent;
  readonly crypto: Pick<Crypto, 'verify'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly publishers: TrustedKeys;
  readonly emit: Emit;
  readonly append: AppendToLedger;
  /** Signs what a run made with the coordinator's key. */
  readonly sign: (manifest: ModelManifest) => Envelope;
  /** A look into the file of a version; it never fails, and takes no more than some seconds. */
  readonly inspect: InspectModel;
  /** On how many connected nodes a version is ready. */
  readonly countReady: (ref: ModelRef) => number;
}

/** The result of a run: the code of its base with new weights. */
export interface RunResult {
  readonly run: RunId;
  readonly rounds: number;
  readonly base: ModelRef;
  readonly name: ModelName;
  readonly weights: ContentRef;
  /** A publisher's word that the coordinator may sign this. */
  readonly delegation: Envelope;
}

const WAITING_MAX = 1_000;

/** Published versions: immutable, signed, never reused. */
export class Models {
  readonly #options: ModelsOptions;
  readonly #versions = new Map<ModelName, Map<number, ModelVersion>>();
  /** The highest number that each name ever had. */
  readonly #highest = new Map<ModelName, number>();
  readonly #used = new Set<string>();
  readonly #uses = new Set<ModelUse>();
  /** One change at a time, so that of two publishers of one number only one wins. */
  readonly #changes = new TaskQueue(WAITING_MAX);

  constructor(options: ModelsOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    for (const stored of await this.#options.store.loadVersions()) {
      this.#markUsed(stored.ref);
      if (stored.deletedAtMs === undefined) this.#remember(restoreVersion(stored));
    }
  }

  /** Finishes the changes that wait. */
  stop(): Promise<void> {
    return this.#changes.close();
  }

  /** Asks somebody before a version is deleted. Returns its undoing. */
  addUse(use: ModelUse): () => void {
    this.#uses.add(use);
    return () => void this.#uses.delete(use);
  }

  /**
   * Throws what `openSignedModel` throws, BLOB_NOT_FOUND, DIGEST_MISMATCH (another size than the manifest says),
   * MODEL_INVALID and VERSION_EXISTS.
   */
  publish(signed: SignedModel): Promise<ModelVersionView> {
    return this.#changes.run(() => this.#publishNow(signed));
  }

  /** Publishes what a run made under a publisher's delegation, as the next version of its name. Throws as `publish`. */
  publishFromRun(result: RunResult): Promise<ModelVersionView> {
    return this.#changes.run(() => {
      const manifest = this.#options.sign(this.#manifestOf(result));
      return this.#publishNow({ manifest, delegation: result.delegation });
    });
  }

  /** Throws MODEL_NOT_FOUND and MODEL_IN_USE. */
  delete(ref: ModelRef): Promise<void> {
    return this.#changes.run(async () => {
      const { store, clock, append, emit } = this.#options;
      this.resolve(ref.name, ref.version);
      this.#refuseIfInUse(ref);
      await append('model.deleted', { model: ref });
      await store.deleteVersion(ref, clock.now());
      this.#versions.get(ref.name)?.delete(ref.version);
      emit('model.deleted', modelKey(ref), { model: ref });
    });
  }

  /** One version, the latest if none is named. Throws MODEL_NOT_FOUND. */
  resolve(name: ModelName, version?: number): ModelVersion {
    const versions = this.#versions.get(name);
    const found = versions?.get(version ?? latestOf(versions) ?? 0);
    if (found !== undefined) return found;
    const wanted = version === undefined ? name : modelKey({ name, version });
    throw new SedgeError('MODEL_NOT_FOUND', `there is no model ${wanted}`, { expose: true });
  }

  /** Throws MODEL_NOT_FOUND. */
  manifestOf({ name, version }: ModelRef): ModelManifest {
    return this.resolve(name, version).manifest;
  }

  /** Throws MODEL_NOT_FOUND. */
  getVersion(ref: ModelRef): ModelVersionView {
    return this.#view(this.resolve(ref.name, ref.version));
  }

  /** Throws MODEL_NOT_FOUND. */
  get(name: ModelName): ModelView {
    this.resolve(name);
    return this.#modelView(name);
  }

  /** By name, after `after`. */
  list(limit: number, after = ''): ModelView[] {
    const names = [...this.#versions.entries()].flatMap(([name, versions]) => (versions.size > 0 ? [name] : []));
    return names
      .filter((name) => name > after)
      .sort()
      .slice(0, limit)
      .map((name) => this.#modelView(name));
  }

  /** What a training run published, if anything. */
  readonly madeBy = (run: RunId): ModelRef | undefined => {
    for (const versions of this.#versions.values()) {
      for (const { manifest, ref } of versions.values()) if (manifest.lineage?.run === run) return ref;
    }
    return undefined;
  };

  /** The next number that was never used, also for a name that nobody knows yet. */
  nextVersion(name: ModelName): number {
    return (this.#highest.get(name) ?? 0) + 1;
  }

  async #publishNow(signed: SignedModel): Promise<ModelVersionView> {
    const { store, crypto, clock, publishers, emit, append } = this.#options;
    const manifest = openSignedModel(crypto, signed, publishers);
    this.#refuseIfUsed(manifest);
    await this.#checkContent(manifest);
    const inspection = await this.#inspect(manifest);
    const made = modelVersion(manifest, signed, clock.now(), inspection);
    await append('model.published', this.#entryOf(made));
    await store.addVersion({ ref: made.ref, signed, publishedAtMs: made.publishedAtMs, inspection });
    this.#markUsed(made.ref);
    this.#remember(made);
    const view = this.#view(made);
    emit('model.published', modelKey(made.ref), view);
    return view;
  }

  #refuseIfUsed(ref: ModelRef): void {
    if (!this.#used.has(modelKey(ref))) return;
    throw new SedgeError('VERSION_EXISTS', `${modelKey(ref)} was published before`, { expose: true });
  }

  /** What a run made has the file of its base, which was looked into. */
  async #inspect(manifest: ModelManifest): Promise<ModelInspection | undefined> {
    const base = manifest.lineage?.base;
    if (base !== undefined) return this.#versions.get(base.name)?.get(base.version)?.inspection;
    const inspection = await this.#options.inspect(manifest);
    if (inspection !== undefined) checkParameters(manifest, inspection);
    return inspection;
  }

  async #checkContent({ format, artifact, weights }: ModelManifest): Promise<void> {
    await this.#checkPresent(artifact);
    if (weights !== undefined) await this.#checkPresent(weights);
    checkMagic(format, await this.#options.content.readRange(artifact.digest, 0, MAGIC_BYTES));
  }

  async #checkPresent({ digest, sizeBytes }: ContentRef): Promise<void> {
    const found = await this.#options.content.sizeOf(digest);
    if (found === undefined) throw new SedgeError('BLOB_NOT_FOUND', `${digest} was not uploaded`, { expose: true });
    if (found !== sizeBytes) {
      throw new SedgeError('DIGEST_MISMATCH', `${digest} has ${found} bytes, the manifest says ${sizeBytes}`, {
        expose: true,
      });
    }
  }

  #manifestOf({ run, rounds, base, name, weights }: RunResult): ModelManifest {
    return {
      ...this.manifestOf(base),
      name,
      version: this.nextVersion(name),
      weights,
      lineage: { run, rounds, base },
      createdAt: new Date(this.#options.clock.now()).toISOString(),
    };
  }

  #refuseIfInUse(ref: ModelRef): void {
    for (const use of this.#uses) {
      const by = use(ref);
      if (by !== undefined) throw new SedgeError('MODEL_IN_USE', `${modelKey(ref)} is used by ${by}`, { expose: true });
    }
  }

  #entryOf({ ref, manifest, signer, signed }: ModelVersion): Record<string, unknown> {
    const { format, artifact, weights, lineage } = manifest;
    return { model: ref, format, artifact, weights, lineage, signer, delegated: signed.delegation !== undefined };
  }

  #markUsed({ name, version }: ModelRef): void {
    this.#used.add(modelKey({ name, version }));
    this.#highest.set(name, Math.max(version, this.#highest.get(name) ?? 0));
  }

  #remember(version: ModelVersion): void {
    const versions = this.#versions.get(version.ref.name) ?? new Map<number, ModelVersion>();
    this.#versions.set(version.ref.name, versions.set(version.ref.version, version));
  }

  #modelView(name: ModelName): ModelView {
    const versions = this.#versions.get(name) ?? new Map<number, ModelVersion>();
    const latest = latestOf(versions);
    return {
      name,
      ...(latest === undefined ? {} : { latest }),
      nextVersion: this.nextVersion(name),
      versions: [...versions.values()]
        .sort((left, right) => left.ref.version - right.ref.version)
        .map((v) => this.#view(v)),
    };
  }

  #view(version: ModelVersion): ModelVersionView {
    return modelVersionView(version, this.#options.countReady(version.ref));
  }
}

function latestOf(versions: ReadonlyMap<number, ModelVersion> | undefined): number | undefined {
  return versions === undefined || versions.size === 0 ? undefined : Math.max(...versions.keys());
}
