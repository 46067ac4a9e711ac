import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemRandomness } from './randomness.ts';
import { newCode } from './id.ts';

export interface AtomicFileOptions {
  /** Permissions of a new file; only its owner's if nothing is said. */
  readonly mode?: number;
}

/**
 * Puts a file in place whole or not at all: a reader sees the old or the new content, and after a power cut one of
 * the two is there. Written beside it, synchronised, renamed, and the folder synchronised, because the name is its.
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  { mode = 0o600 }: AtomicFileOptions = {},
): Promise<void> {
  const temporaryPath = `${path}.${newCode(systemRandomness)}.new`;
  try {
    await writeThrough(temporaryPath, content, mode);
    await rename(temporaryPath, path);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes names that were made, moved or removed in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeThrough(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}
