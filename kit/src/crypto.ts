import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto';
import type { Crypto, KeyPair } from '@sedge/protocol';
import nacl from 'tweetnacl';
import { plainBytes } from './plain-bytes.ts';
import { RecentMap } from './recent-map.ts';
import { sha256 } from './sha256.ts';

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** DER around a raw key, so that node:crypto imports it (RFC 8410 §4 and §7). */
const PUBLIC_KEY_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const PRIVATE_KEY_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Importing a key costs more than half of a verification, and a coordinator hears the same nodes all day. */
const publicKeys = new RecentMap<string, KeyObject>(8_192);
const privateKeys = new RecentMap<string, KeyObject>(256);

/**
 * Key pairs come from tweetnacl, everything else from node:crypto: the signatures are the same bytes (Ed25519 is
 * deterministic), and node:crypto makes them some 200 times and checks them some 100 times faster.
 */
export const nodeCrypto: Crypto = { sha256, sign, verify, generateKeyPair, randomBytes: freshBytes };

/** The key pair of a known seed. Throws a TypeError when the seed is not 32 bytes long. */
export function keyPairFromSeed(secretSeed: Uint8Array): KeyPair {
  if (secretSeed.byteLength !== KEY_BYTES) throw new TypeError('an Ed25519 seed has 32 bytes');
  const { publicKey } = nacl.sign.keyPair.fromSeed(secretSeed);
  return { publicKey, secretSeed: secretSeed.slice() };
}

function generateKeyPair(): KeyPair {
  const { publicKey, secretKey } = nacl.sign.keyPair();
  // tweetnacl's secret key is the seed followed by the public key.
  return { publicKey, secretSeed: secretKey.slice(0, KEY_BYTES) };
}

function sign(message: Uint8Array, secretSeed: Uint8Array): Uint8Array {
  if (secretSeed.byteLength !== KEY_BYTES) throw new TypeError('an Ed25519 seed has 32 bytes');
  return plainBytes(nodeSign(null, message, privateKeyOf(secretSeed)));
}

function verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.byteLength !== SIGNATURE_BYTES || publicKey.byteLength !== KEY_BYTES) return false;
  return nodeVerify(null, message, publicKeyOf(publicKey), signature);
}

function freshBytes(count: number): Uint8Array {
  return plainBytes(randomBytes(count));
}

function publicKeyOf(raw: Uint8Array): KeyObject {
  return publicKeys.getOrMake(latin1(raw), () =>
    createPublicKey({ key: Buffer.concat([PUBLIC_KEY_PREFIX, raw]), format: 'der', type: 'spki' }),
  );
}

/** Cached under a hash, so that no secret lies in memory as text. */
function privateKeyOf(seed: Uint8Array): KeyObject {
  return privateKeys.getOrMake(latin1(sha256(seed)), () =>
    createPrivateKey({ key: Buffer.concat([PRIVATE_KEY_PREFIX, seed]), format: 'der', type: 'pkcs8' }),
  );
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
