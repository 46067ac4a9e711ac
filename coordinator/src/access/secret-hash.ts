import { type Crypto, toBase64Url, toHex, toUtf8 } from '@sedge/protocol';
import type { Randomness } from '@sedge/kit';

const SECRET_BYTES = 32;

/** 256 random bits as 43 characters of base64url. */
export function newSecret(randomness: Pick<Randomness, 'bytes'>): string {
  return toBase64Url(randomness.bytes(SECRET_BYTES));
}

/**
 * How a secret is stored. It has 256 random bits, so a plain hash cannot be searched; and because it is found by its
 * hash, the time of a look-up tells nothing about the secret itself.
 */
export function hashSecret(crypto: Pick<Crypto, 'sha256'>, secret: string): string {
  return toHex(crypto.sha256(toUtf8(secret)));
}
