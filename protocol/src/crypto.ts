import type { Digest, KeyId } from './ids.ts';

/** Raw Ed25519 keys: 32 bytes public, 32 bytes secret seed (RFC 8032). */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly secretSeed: Uint8Array;
}

/**
 * The hashing and signing that this package needs, given from outside so that it stays pure.
 * `kit` implements it with tweetnacl and node:crypto.
 */
export interface Crypto {
  /** SHA-256, 32 bytes (FIPS 180-4). */
  sha256(data: Uint8Array): Uint8Array;
  /** A detached Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array, secretSeed: Uint8Array): Uint8Array;
  /** False for a wrong signature and for keys or signatures of impossible length; never throws. */
  verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
  generateKeyPair(): KeyPair;
  randomBytes(count: number): Uint8Array;
}

export function digestOf(crypto: Pick<Crypto, 'sha256'>, data: Uint8Array): Digest {
  return `sha256:${toHex(crypto.sha256(data))}` as Digest;
}

/** The name of a public key: the SHA-256 of its 32 raw bytes, in hex. */
export function keyIdOf(crypto: Pick<Crypto, 'sha256'>, publicKey: Uint8Array): KeyId {
  return toHex(crypto.sha256(publicKey)) as KeyId;
}

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
