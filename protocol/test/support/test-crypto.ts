import { createHash, randomBytes } from 'node:crypto';
import nacl from 'tweetnacl';
import type { Crypto, KeyPair } from '../../src/index.ts';

/** The Crypto port over the reference library alone, so that this package is tested without kit. */
export const testCrypto: Crypto = {
  sha256: (data) => new Uint8Array(createHash('sha256').update(data).digest()),
  sign: (message, seed) => nacl.sign.detached(message, nacl.sign.keyPair.fromSeed(seed).secretKey),
  verify: (message, signature, publicKey) =>
    signature.length === 64 && publicKey.length === 32 && nacl.sign.detached.verify(message, signature, publicKey),
  generateKeyPair: () => keyPairOfSeed(new Uint8Array(randomBytes(32))),
  randomBytes: (count) => new Uint8Array(randomBytes(count)),
};

export function keyPairOfSeed(secretSeed: Uint8Array): KeyPair {
  return { secretSeed, publicKey: nacl.sign.keyPair.fromSeed(secretSeed).publicKey };
}

/** A key pair whose seed is 32 times the given byte. */
export function keyPairOf(byte: number): KeyPair {
  return keyPairOfSeed(new Uint8Array(32).fill(byte));
}
