import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Digest, digestHexOf, type DigestHex, digestOfHex, limits, SedgeError, toHex } from '@sedge/protocol';
import { newCode, type Randomness, sha256Hasher, syncFolder } from '@sedge/kit';

export interface BlobsOptions {
  readonly folder: string;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly bytesMax?: number;
}

/** A range of bytes; `end` is the last one, as in HTTP. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface StoredBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Content on the disk by its SHA-256. What has its name is whole: hashed and synchronised before it was renamed. */
export class Blobs {
  readonly #options: BlobsOptions;

  constructor(options: BlobsOptions) {
    this.#options = options;
  }

  /** All content lies under it. */
  get folder(): string {
    return this.#options.folder;
  }

  /** Clears away what a killed process left half written. */
  async start(): Promise<void> {
    await rm(this.#incoming(), { recursive: true, force: true });
    await mkdir(this.#incoming(), { recursive: true, mode: 0o700 });
  }

  /**
   * Stores content under its digest; storing it again changes nothing. Resolves when it is on the disk.
   * Throws DIGEST_MISMATCH and PAYLOAD_TOO_LARGE; then nothing is left behind.
   */
  put(expected: Digest, pieces: Pieces): Promise<StoredBlob> {
    return this.#store(pieces, (digest) => {
      if (digest !== expected) throw new SedgeError('DIGEST_MISMATCH', `the content is ${digest}`, { expose: true });
    });
  }

  /** Stores content whose digest nobody named before. Throws PAYLOAD_TOO_LARGE. */
  add(pieces: Pieces): Promise<StoredBlob> {
    return this.#store(pieces, () => undefined);
  }

  /** Undefined for content that is not there. */
  async sizeOf(digest: Digest): Promise<number | undefined> {
    try {
      return (await stat(this.pathOf(digest))).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** A stream of the content or of a range of it. Throws BLOB_NOT_FOUND and RANGE_NOT_SATISFIABLE. */
  async stream(digest: Digest, range?: ByteRange): Promise<Readable> {
    const size = await this.#existingSize(digest);
    if (range !== undefined && (range.start > range.end || range.end >= size)) {
      throw new SedgeError('RANGE_NOT_SATISFIABLE', `bytes ${range.start}-${range.end} of ${size}`, { expose: true });
    }
    return createReadStream(this.pathOf(digest), range);
  }

  /** The whole content. Throws BLOB_NOT_FOUND, and PAYLOAD_TOO_LARGE for more than `bytesMax`. */
  async read(digest: Digest, bytesMax: number = limits.blobBytesMax): Promise<Uint8Array<ArrayBuffer>> {
    const size = await this.#existingSize(digest);
    if (size > bytesMax)
      throw new SedgeError('PAYLOAD_TOO_LARGE', `${digest} has ${size} bytes, ${bytesMax} are taken`);
    return this.readRange(digest, 0, size);
  }

  /** The bytes from `start` up to, not including, `end`; fewer where the content ends. Throws BLOB_NOT_FOUND. */
  async readRange(digest: Digest, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const size = await this.#existingSize(digest);
    const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
    const file = await open(this.pathOf(digest), 'r');
    try {
      await fill(file, bytes, start);
    } finally {
      await file.close();
    }
    return bytes;
  }

  async #store(pieces: Pieces, check: (digest: Digest) => void): Promise<StoredBlob> {
    const temporaryPath = join(this.#incoming(), newCode(this.#options.randomness));
    try {
      const stored = await this.#receive(pieces, temporaryPath);
      check(stored.digest);
      await this.#settle(temporaryPath, stored.digest);
      return stored;
    } finally {
      await rm(temporaryPath, { force: true });
    }
  }

  async #receive(pieces: Pieces, path: string): Promise<StoredBlob> {
    const bytesMax = this.#options.bytesMax ?? limits.blobBytesMax;
    const hasher = sha256Hasher();
    const file = await open(path, 'wx', 0o600);
    let sizeBytes = 0;
    try {
      for await (const piece of pieces) {
        sizeBytes += piece.byteLength;
        if (sizeBytes > bytesMax) throw new SedgeError('PAYLOAD_TOO_LARGE', `content of more than ${bytesMax} bytes`);
        hasher.update(piece);
        await file.writeFile(piece);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return { digest: digestOfHex(toHex(hasher.digest()) as DigestHex), sizeBytes };
  }

  /** The name is given last, and the folders that hold names are synchronised: then it survives a power cut. */
  async #settle(temporaryPath: string, digest: Digest): Promise<void> {
    const path = this.pathOf(digest);
    const folder = dirname(path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rename(temporaryPath, path);
    for (const holder of [folder, dirname(folder), this.#options.folder]) await syncFolder(holder);
  }

  async #existingSize(digest: Digest): Promise<number> {
    const size = await this.sizeOf(digest);
    if (size === undefined) throw new SedgeError('BLOB_NOT_FOUND', `there is no content ${digest}`, { expose: true });
    return size;
  }

  /**
   * Where content lies, for a process beside this one that reads it itself. Two levels of 256 folders each, so that no
   * folder grows long.
   */
  pathOf(digest: Digest): string {
    const hex = digestHexOf(digest);
    return join(this.#options.folder, hex.slice(0, 2), hex.slice(2, 4), hex);
  }

  #incoming(): string {
    return join(this.#options.folder, 'incoming');
  }
}

async function fill(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let filled = 0; filled < bytes.byteLength;) {
    const { bytesRead } = await file.read(bytes, filled, bytes.byteLength - filled, offset + filled);
    if (bytesRead === 0) throw new SedgeError('STATE_UNREADABLE', 'stored content became shorter while it was read');
    filled += bytesRead;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
