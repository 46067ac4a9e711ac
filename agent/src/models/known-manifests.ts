import { RecentMap, type Log } from '@sedge/kit';
import {
  modelKey,
  openTrustedModel,
  SedgeError,
  type Crypto,
  type ModelRef,
  type SignedModel,
  type TrustedKeys,
  type TrustedModel,
} from '@sedge/protocol';

export interface KnownManifestsOptions {
  /** Manifests of desired models, checked already. */
  readonly desired: (ref: ModelRef) => TrustedModel | undefined;
  /** Asks the coordinator over HTTP; undefined where that road is closed. */
  readonly ask?: (ref: ModelRef) => Promise<SignedModel>;
  readonly crypto: Pick<Crypto, 'verify'>;
  readonly publisherKeys: TrustedKeys;
  readonly log: Log;
}

const ASKED_MAX = 16;

/** Manifests that a pinned publisher stands behind: of desired models, and of models that are only trained here. */
export class KnownManifests {
  readonly #options: KnownManifestsOptions;
  /** Opened at each use: the pins may have changed since. */
  readonly #asked = new RecentMap<string, SignedModel>(ASKED_MAX);

  constructor(options: KnownManifestsOptions) {
    this.#options = options;
  }

  /** Throws MODEL_NOT_LOADED where there is none to be had, and what opening a signed model throws. */
  async get(ref: ModelRef): Promise<TrustedModel> {
    const desired = this.#options.desired(ref);
    if (desired !== undefined) return desired;
    const { crypto, publisherKeys } = this.#options;
    const signed = this.#asked.get(modelKey(ref)) ?? (await this.#ask(ref));
    const trusted = openTrustedModel(crypto, signed, publisherKeys);
    const { manifest } = trusted;
    if (manifest.name !== ref.name || manifest.version !== ref.version) {
      throw new SedgeError('SIGNATURE_INVALID', `the manifest of ${modelKey(ref)} is of ${modelKey(manifest)}`);
    }
    this.#asked.set(modelKey(ref), signed);
    return trusted;
  }

  async #ask(ref: ModelRef): Promise<SignedModel> {
    const { ask, log } = this.#options;
    try {
      if (ask !== undefined) return await ask(ref);
    } catch (error) {
      log.warn('a manifest did not come over HTTP', { model: modelKey(ref), error });
    }
    throw new SedgeError('MODEL_NOT_LOADED', `${modelKey(ref)} is neither desired here nor to be had`, {
      expose: true,
    });
  }
}
