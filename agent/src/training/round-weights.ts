import type { Digest } from '@sedge/protocol';
import type { BlobCache } from '../models/blob-cache.ts';

/** Weights of a round are of no use after it: only the newest few stay in the cache. */
export class RoundWeights {
  readonly #cache: Pick<BlobCache, 'remove' | 'isPinned'>;
  readonly #keep: number;
  #recent: readonly Digest[] = [];

  constructor(cache: Pick<BlobCache, 'remove' | 'isPinned'>, keep = 4) {
    this.#cache = cache;
    this.#keep = keep;
  }

  /** Notes that these weights are in the cache, and removes the oldest ones beyond the bound. */
  async note(digest: Digest): Promise<void> {
    const recent = [digest, ...this.#recent.filter((other) => other !== digest)];
    this.#recent = recent.slice(0, this.#keep);
    for (const old of recent.slice(this.#keep)) {
      // The weights of a deployed version may be those of a round.
      if (!this.#cache.isPinned(old)) await this.#cache.remove(old);
    }
  }
}
