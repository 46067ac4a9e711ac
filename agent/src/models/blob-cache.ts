import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Stream, type Clock, type Log } from '@sedge/kit';
import {
  digestHexOf,
  digestOf,
  digestOfHex,
  SedgeError,
  toHex,
  type Crypto,
  type Digest,
  type DigestHex,
} from '@sedge/protocol';
import { isMissing } from '../storage/read-file.ts';

export interface BlobCacheOptions {
  readonly directory: string;
  readonly bytesMax: number;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

interface CachedFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly usedMs: number;
}

/**
 * Content on disk under its digest, shared by all identities. Its hash is checked when it is written and each time it
 * is read, so that neither a broken card nor another program changes what a node runs.
 */
export class BlobCache {
  readonly #options: BlobCacheOptions;
  readonly #pins = new Map<Digest, number>();

  constructor(options: BlobCacheOptions) {
    this.#options = options;
  }

  /** Undefined for content that is not here; content that was altered is thrown away and not here either. */
  async read(digest: Digest): Promise<Uint8Array | undefined> {
    const path = this.#path(digest);
    const bytes = await this.#unlessMissing(readFile(path), path);
    if (bytes === undefined) return undefined;
    if (digestOf(this.#options.crypto, bytes) !== digest) {
      this.#options.log.warn('cached content was altered and is thrown away', { digest });
      await this.remove(digest);
      return undefined;
    }
    const now = new Date(this.#options.clock.now());
    await this.#unlessMissing(utimes(path, now, now), path);
    // Not a Buffer, whose slices are views.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  async has(digest: Digest): Promise<boolean> {
    const path = this.#path(digest);
    return (await this.#unlessMissing(stat(path), path)) !== undefined;
  }

  /** How much of a pull that broke off is here. */
  async partialBytes(digest: Digest): Promise<number> {
    const path = this.#partialPath(digest);
    return (await this.#unlessMissing(stat(path), path))?.size ?? 0;
  }

  /** Adds to what `partialBytes` counts. Throws STATE_UNREADABLE. */
  async append(digest: Digest, data: Uint8Array): Promise<void> {
    try {
      await mkdir(this.#options.directory, { recursive: true, mode: 0o700 });
      await appendFile(this.#partialPath(digest), data, { mode: 0o600 });
    } catch (cause) {
      throw unreadable(this.#partialPath(digest), cause);
    }
  }

  async discardPartial(digest: Digest): Promise<void> {
    await rm(this.#partialPath(digest), { force: true });
  }

  /** Takes a pulled file in if it has the digest; otherwise it is thrown away. Throws DIGEST_MISMATCH. */
  async keep(digest: Digest): Promise<void> {
    const path = this.#partialPath(digest);
    // A blob of no bytes never was appended to.
    await this.append(digest, new Uint8Array());
    const found = toHex(await sha256Stream(createReadStream(path)));
    if (found !== digestHexOf(digest)) {
      await this.discardPartial(digest);
      throw new SedgeError('DIGEST_MISMATCH', `what came for ${digest} has the digest sha256:${found}`, {
        expose: true,
      });
    }
    await rename(path, this.#path(digest));
    await this.#makeRoom(digest);
  }

  async remove(digest: Digest): Promise<void> {
    await rm(this.#path(digest), { force: true });
  }

  /** Pinned content stays, however full the cache is. Counted: two models may share a file. */
  pin(digest: Digest): void {
    this.#pins.set(digest, (this.#pins.get(digest) ?? 0) + 1);
  }

  unpin(digest: Digest): void {
    const count = (this.#pins.get(digest) ?? 0) - 1;
    if (count > 0) this.#pins.set(digest, count);
    else this.#pins.delete(digest);
  }

  isPinned(digest: Digest): boolean {
    return this.#pins.has(digest);
  }

  async #makeRoom(newest: Digest): Promise<void> {
    const files = await this.#files();
    let total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    files.sort((left, right) => left.usedMs - right.usedMs);
    for (const { digest, sizeBytes } of files) {
      if (total <= this.#options.bytesMax) return;
      if (digest === newest || this.isPinned(digest)) continue;
      await this.remove(digest);
      total -= sizeBytes;
    }
  }

  async #files(): Promise<CachedFile[]> {
    const names = (await readdir(this.#options.directory)).filter((name) => /^[0-9a-f]{64}$/.test(name));
    const files: CachedFile[] = [];
    for (const name of names) {
      const path = join(this.#options.directory, name);
      const found = await this.#unlessMissing(stat(path), path);
      if (found !== undefined) {
        files.push({ digest: digestOfHex(name as DigestHex), sizeBytes: found.size, usedMs: found.mtimeMs });
      }
    }
    return files;
  }

  async #unlessMissing<Result>(work: Promise<Result>, path: string): Promise<Result | undefined> {
    try {
      return await work;
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw unreadable(path, cause);
    }
  }

  #path(digest: Digest): string {
    return join(this.#options.directory, digestHexOf(digest));
  }

  #partialPath(digest: Digest): string {
    return `${this.#path(digest)}.part`;
  }
}

function unreadable(path: string, cause: unknown): SedgeError {
  return new SedgeError('STATE_UNREADABLE', `${path} cannot be read or written`, { cause, expose: true });
}
