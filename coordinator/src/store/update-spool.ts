import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digest, digestOf, SedgeError, type Digest, type RunId } from '@sedge/protocol';
import { nodeCrypto, writeFileAtomic } from '@sedge/kit';
import type { UpdateOf, UpdateSpool } from '../federation/ports.ts';

/** One file for each update, in `<folder>/<run>/<round>/<node>`. Ids are topic levels, so they are safe file names. */
export class FileUpdateSpool implements UpdateSpool {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(of: UpdateOf, bytes: Uint8Array): Promise<Digest> {
    await this.#write(this.#path(of), bytes);
    return digestOf(nodeCrypto, bytes);
  }

  async get(of: UpdateOf, expected: Digest): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#read(this.#path(of));
    if (digestOf(nodeCrypto, bytes) === expected) return bytes;
    throw new SedgeError('DIGEST_MISMATCH', `the stored update of ${of.node} for ${of.run}/${of.round} was altered`);
  }

  async releaseOf(run: RunId, round: number): Promise<Digest | undefined> {
    try {
      return digest.parse(await readFile(this.#releasePath(run, round), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new SedgeError('STATE_UNREADABLE', `the release of ${run}/${round} cannot be read`, { cause: error });
    }
  }

  async keepRelease(run: RunId, round: number, weights: Digest): Promise<void> {
    await this.#write(this.#releasePath(run, round), weights);
  }

  async clear(run: RunId, round: number): Promise<void> {
    await rm(join(this.#folder, run, String(round)), { recursive: true, force: true });
  }

  async #read(path: string): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return new Uint8Array(await readFile(path));
    } catch (cause) {
      throw new SedgeError('BLOB_NOT_FOUND', `no update is stored at ${path}`, { cause });
    }
  }

  async #write(path: string, content: Uint8Array | string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, content);
  }

  /** The dot keeps it apart from every node: no id has one. */
  #releasePath(run: RunId, round: number): string {
    return join(this.#folder, run, String(round), '.release');
  }

  #path({ node, round, run }: UpdateOf): string {
    return join(this.#folder, run, String(round), node);
  }
}
