import type { Clock, Log } from '@sedge/kit';
import { asSedgeError, SedgeError, type Digest } from '@sedge/protocol';
import type { BlobCache } from './blob-cache.ts';
import type { BlobPiece, BlobSource } from './blob-source.ts';

export interface WantedBlob {
  readonly digest: Digest;
  /** The pull ends with PAYLOAD_TOO_LARGE beyond it: nobody fills the disk with a wrong blob. */
  readonly bytesMax: number;
}

export interface BlobFetcherOptions {
  readonly cache: BlobCache;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
}

/** Hears how many bytes of a blob are here. */
export type OnBytes = (doneBytes: number) => void;

interface Pull {
  readonly done: Promise<void>;
  readonly listeners: Set<OnBytes>;
}

/** A road that failed is tried last for so long. */
const AVOID_MS = 60_000;

/** Brings content into the cache: from disk if it is there, otherwise by the first road that delivers it. */
export class BlobFetcher {
  readonly #options: BlobFetcherOptions;
  readonly #running = new Map<Digest, Pull>();
  readonly #failedAtMs = new WeakMap<BlobSource, number>();

  constructor(options: BlobFetcherOptions) {
    this.#options = options;
  }

  /** The content, checked. Throws DIGEST_MISMATCH, PAYLOAD_TOO_LARGE, CACHE_FULL, and what the last road threw. */
  async fetch(wanted: WantedBlob, sources: readonly BlobSource[], signal: AbortSignal): Promise<Uint8Array> {
    const { cache } = this.#options;
    return this.#bring(wanted, sources, signal, () => cache.read(wanted.digest));
  }

  /** Where the content lies, for who reads and checks it himself. Throws what `fetch` throws. */
  async ensure(
    wanted: WantedBlob,
    sources: readonly BlobSource[],
    signal: AbortSignal,
    onBytes: OnBytes = () => undefined,
  ): Promise<string> {
    const { cache } = this.#options;
    return this.#bring(wanted, sources, signal, () => cache.pathOf(wanted.digest), onBytes);
  }

  async #bring<Result>(
    wanted: WantedBlob,
    sources: readonly BlobSource[],
    signal: AbortSignal,
    look: () => Promise<Result | undefined>,
    onBytes: OnBytes = () => undefined,
  ): Promise<Result> {
    const known = await look();
    if (known !== undefined) return known;
    await this.#pullOnce(wanted, sources, signal, onBytes);
    const pulled = await look();
    if (pulled !== undefined) return pulled;
    throw new SedgeError('DIGEST_MISMATCH', `${wanted.digest} was altered on disk`, { expose: true });
  }

  /** One pull per digest at a time: who comes second waits, and pulls by its own roads if the first one failed. */
  async #pullOnce(
    wanted: WantedBlob,
    sources: readonly BlobSource[],
    signal: AbortSignal,
    onBytes: OnBytes,
  ): Promise<void> {
    const other = this.#running.get(wanted.digest);
    if (other !== undefined) {
      other.listeners.add(onBytes);
      await other.done.catch(() => undefined);
      signal.throwIfAborted();
      if (await this.#options.cache.has(wanted.digest)) return;
      return this.#pullOnce(wanted, sources, signal, onBytes);
    }
    const listeners = new Set([onBytes]);
    const tell: OnBytes = (doneBytes) => listeners.forEach((listener) => listener(doneBytes));
    const done = this.#pullIntoRoom(wanted, sources, signal, tell).finally(() => this.#running.delete(wanted.digest));
    this.#running.set(wanted.digest, { done, listeners });
    await done;
  }

  async #pullIntoRoom(
    wanted: WantedBlob,
    sources: readonly BlobSource[],
    signal: AbortSignal,
    onBytes: OnBytes,
  ): Promise<void> {
    const leaveRoom = await this.#options.cache.reserve(wanted.digest, wanted.bytesMax);
    try {
      await this.#pull(wanted, sources, signal, onBytes);
    } finally {
      leaveRoom();
    }
  }

  async #pull(
    wanted: WantedBlob,
    sources: readonly BlobSource[],
    signal: AbortSignal,
    onBytes: OnBytes,
  ): Promise<void> {
    let failure: SedgeError = new SedgeError('BLOB_NOT_FOUND', 'there is no road to the coordinator');
    for (const source of this.#inOrder(sources)) {
      try {
        await this.#pullFrom(source, wanted, signal, onBytes);
        return;
      } catch (error) {
        signal.throwIfAborted();
        failure = asSedgeError(error);
        this.#failedAtMs.set(source, this.#options.clock.monotonicMs());
        this.#options.log.warn('content did not come', { digest: wanted.digest, road: source.name, error });
      }
    }
    throw failure;
  }

  async #pullFrom(
    source: BlobSource,
    { digest, bytesMax }: WantedBlob,
    signal: AbortSignal,
    onBytes: OnBytes,
  ): Promise<void> {
    const { cache } = this.#options;
    let written = await cache.partialBytes(digest);
    onBytes(written);
    for await (const piece of source.pull(digest, written, signal)) {
      const fresh = freshPart(piece, written);
      if (written + fresh.byteLength > bytesMax || (piece.totalBytes ?? 0) > bytesMax) {
        await cache.discardPartial(digest);
        throw new SedgeError('PAYLOAD_TOO_LARGE', `${digest} has more than ${bytesMax} bytes`);
      }
      await cache.append(digest, fresh);
      written += fresh.byteLength;
      onBytes(written);
    }
    await cache.keep(digest);
  }

  /** The sources as given, those that failed lately behind the others. */
  #inOrder(sources: readonly BlobSource[]): BlobSource[] {
    const now = this.#options.clock.monotonicMs();
    const isAvoided = (source: BlobSource): boolean => now - (this.#failedAtMs.get(source) ?? -Infinity) < AVOID_MS;
    return [...sources.filter((source) => !isAvoided(source)), ...sources.filter(isAvoided)];
  }
}

/** The part of a piece that is not written yet. Throws STREAM_INCOMPLETE for one that leaves a gap. */
function freshPart({ offset, data }: BlobPiece, written: number): Uint8Array {
  if (offset > written) throw new SedgeError('STREAM_INCOMPLETE', `a piece at ${offset} after ${written} bytes`);
  return data.subarray(Math.min(data.byteLength, written - offset));
}
