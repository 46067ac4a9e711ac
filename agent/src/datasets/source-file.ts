import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { invalidDataset } from './invalid-dataset.ts';

/** A file of the owner's, read whole. */
export interface SourceFile {
  readonly path: string;
  /** What is inside, decompressed where it was compressed. */
  readonly content: Uint8Array;
  /** SHA-256 of the file as it lies on disk, in hex. */
  readonly sha256: string;
}

const gunzipBytes = promisify(gunzip);

/** Reads a plain or gzip file (RFC 1952, told by its first bytes). Throws DATASET_INVALID. */
export async function readSourceFile(path: string, bytesMax: number): Promise<SourceFile> {
  const stored = await readBounded(path, bytesMax);
  const sha256 = createHash('sha256').update(stored).digest('hex');
  const content = isGzip(stored) ? await decompress(path, stored, bytesMax) : stored;
  return { path, content, sha256 };
}

async function readBounded(path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    const status = await stat(path);
    // A pipe would never end.
    if (!status.isFile()) throw invalidDataset(`${path} is not a file`);
    if (status.size > bytesMax) throw invalidDataset(`${path} has ${status.size} bytes, ${bytesMax} are allowed`);
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error;
  return invalidDataset(`${path} cannot be read: ${String(error.code)}`, error);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function decompress(path: string, stored: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  try {
    return await gunzipBytes(stored, { maxOutputLength: bytesMax });
  } catch (error) {
    const isTooLong = error instanceof RangeError;
    const reason = isTooLong ? `has more than ${bytesMax} bytes inside` : 'is not a whole gzip file';
    throw invalidDataset(`${path} ${reason}`, error);
  }
}
