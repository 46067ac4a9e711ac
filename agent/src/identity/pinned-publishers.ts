import type { Log } from '@sedge/kit';
import { trustedPublishers, type Crypto, type KeyId, type Publisher, type TrustedKeys } from '@sedge/protocol';

export interface PinnedPublishersOptions {
  readonly crypto: Pick<Crypto, 'sha256'>;
  /** As they were when the agent started. */
  readonly publishers: readonly Publisher[];
  /** As they are now on disk: a command changes them while the agent runs. */
  readonly read: () => Promise<readonly Publisher[]>;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** Whose models an identity runs. */
export class PinnedPublishers {
  readonly #options: PinnedPublishersOptions;
  #publishers: readonly Publisher[];
  #trusted: TrustedKeys;

  constructor(options: PinnedPublishersOptions) {
    this.#options = options;
    this.#publishers = options.publishers;
    this.#trusted = trustedPublishers(options.crypto, options.publishers);
  }

  /** As they were read last. */
  readonly keys = (id: KeyId): Uint8Array | undefined => this.#trusted(id);

  /** True when they are not those that were read before. Pins that cannot be read stay as they were. Never throws. */
  async refresh(): Promise<boolean> {
    const { crypto, read, log } = this.#options;
    try {
      const publishers = await read();
      if (JSON.stringify(publishers) === JSON.stringify(this.#publishers)) return false;
      this.#publishers = publishers;
      this.#trusted = trustedPublishers(crypto, publishers);
      log.info('the pinned publishers have changed', { publishers: publishers.map(({ name }) => name) });
      return true;
    } catch (error) {
      log.warn('the pinned publishers cannot be read', { error });
      return false;
    }
  }
}
