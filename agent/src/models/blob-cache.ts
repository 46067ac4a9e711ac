import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Stream, TaskQueue, type Clock, type Log } from '@sedge/kit';
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
  readonly path: string;
  readonly digest: Digest;
  readonly isPartial: boolean;
  readonly sizeBytes: number;
  readonly usedMs: number;
}

const FILE = /^([0-9a-f]{64})(\.part)?$/;
const RESERVATIONS_WAITING_MAX = 1_024;

/**
 * Content on disk under its digest, shared by all identities. Its hash is checked when it is written and each time it
 * is read, so that neither a broken card nor another program changes what a node runs. Content that comes later takes
 * the place of what was used longest ago, never of what is pinned.
 */
export class BlobCache {
  readonly #options: BlobCacheOptions;
  readonly #pins = new Map<Digest, number>();
  /** Pulls under way, with the bytes that each will have in the end. */
  readonly #reserved = new Map<Digest, number>();
  readonly #reservations = new TaskQueue(RESERVATIONS_WAITING_MAX);

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
    await this.#use(digest);
    // Not a Buffer, whose slices are views.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where content lies, for who reads and checks it himself; undefined where it is not here. Counts as a use. */
  async pathOf(digest: Digest): Promise<string | undefined> {
    if (!(await this.has(digest))) return undefined;
    await this.#use(digest);
    return this.#path(digest);
  }

  /** True for content that is not what its name says, which is thrown away, and for content that is not here. */
  async dropIfAltered(digest: Digest): Promise<boolean> {
    const path = this.#path(digest);
    const found = await this.#unlessMissing(sha256Stream(createReadStream(path)), path);
    if (found !== undefined && toHex(found) === digestHexOf(digest)) return false;
    await this.remove(digest);
    return true;
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

  /**
   * Makes room for a pull of so many bytes, and keeps it until the answer is called. Throws CACHE_FULL when only desired
   * content could make way.
   */
  reserve(digest: Digest, totalBytes: number): Promise<() => void> {
    return this.#reservations.run(async () => {
      const promised = [...this.#reserved].reduce((sum, [other, bytes]) => sum + (other === digest ? 0 : bytes), 0);
      await this.#makeRoom(totalBytes + promised, digest);
      this.#reserved.set(digest, totalBytes);
      return () => void this.#reserved.delete(digest);
    });
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
    this.#reserved.delete(digest);
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

  async #use(digest: Digest): Promise<void> {
    const path = this.#path(digest);
    const now = new Date(this.#options.clock.now());
    await this.#unlessMissing(utimes(path, now, now), path);
  }

  /** Removes what was used longest ago until so many bytes fit. Nothing is removed where that would not do. */
  async #makeRoom(neededBytes: number, newcomer: Digest): Promise<void> {
    const { bytesMax } = this.#options;
    // What pulls under way have on disk already is counted with what they will have.
    const files = (await this.#files()).filter((file) => !this.#isComing(file, newcomer));
    const mayGo = files.filter(({ digest }) => !this.isPinned(digest)).sort((one, two) => one.usedMs - two.usedMs);
    let excessBytes = sizeOf(files) + neededBytes - bytesMax;
    if (excessBytes > sizeOf(mayGo)) {
      const stays = sizeOf(files) - sizeOf(mayGo);
      throw new SedgeError('CACHE_FULL', `${neededBytes} bytes do not fit beside ${stays} of ${bytesMax}`, {
        expose: true,
      });
    }
    for (const { path, sizeBytes } of mayGo) {
      if (excessBytes <= 0) return;
      await rm(path, { force: true });
      excessBytes -= sizeBytes;
    }
  }

  #isComing({ digest, isPartial }: CachedFile, newcomer: Digest): boolean {
    return isPartial && (digest === newcomer || this.#reserved.has(digest));
  }

  async #files(): Promise<CachedFile[]> {
    const files: CachedFile[] = [];
    for (const name of (await this.#unlessMissing(readdir(this.#options.directory), this.#options.directory)) ?? []) {
      const [, hex, part] = FILE.exec(name) ?? [];
      const path = join(this.#options.directory, name);
      const found = hex === undefined ? undefined : await this.#unlessMissing(stat(path), path);
      if (hex === undefined || found === undefined) continue;
      const digest = digestOfHex(hex as DigestHex);
      files.push({ path, digest, isPartial: part !== undefined, sizeBytes: found.size, usedMs: found.mtimeMs });
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

function sizeOf(files: readonly CachedFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function unreadable(path: string, cause: unknown): SedgeError {
  return new SedgeError('STATE_UNREADABLE', `${path} cannot be read or written`, { cause, expose: true });
}
