import { createHash } from 'node:crypto';
import { plainBytes } from './plain-bytes.ts';

/** 32 bytes (FIPS 180-4). In a file of its own, because hosts of models hash, and do nothing else of cryptography. */
export function sha256(data: Uint8Array): Uint8Array {
  return plainBytes(createHash('sha256').update(data).digest());
}

/** A SHA-256 that is fed piece by piece, for content that should not lie in memory whole. */
export interface Sha256Hasher {
  update(data: Uint8Array): Sha256Hasher;
  /** The 32 bytes; may be asked for once, at the end. */
  digest(): Uint8Array;
}

export function sha256Hasher(): Sha256Hasher {
  const hash = createHash('sha256');
  const hasher: Sha256Hasher = {
    update(data) {
      hash.update(data);
      return hasher;
    },
    digest: () => plainBytes(hash.digest()),
  };
  return hasher;
}

/** The SHA-256 of everything that a stream or another source of pieces yields. */
export async function sha256Stream(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const hasher = sha256Hasher();
  for await (const piece of pieces) hasher.update(piece);
  return hasher.digest();
}
