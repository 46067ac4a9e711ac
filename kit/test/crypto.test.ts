import fc from 'fast-check';
import nacl from 'tweetnacl';
import { describe, expect, it } from 'vitest';
import { keyPairFromSeed, nodeCrypto, sha256Hasher, sha256Stream } from '../src/index.ts';

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** RFC 8032 §7.1, tests 1 to 3. */
const ED25519 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

/** FIPS 180-4 example files of NIST, and the empty message of the Secure Hash Standard validation suite. */
const SHA256: [string, string][] = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
];

describe('Ed25519', () => {
  it.each(ED25519)('agrees with RFC 8032 on $message', ({ seed, publicKey, message, signature }) => {
    expect(toHex(keyPairFromSeed(fromHex(seed)).publicKey)).toBe(publicKey);
    expect(toHex(nodeCrypto.sign(fromHex(message), fromHex(seed)))).toBe(signature);
    expect(nodeCrypto.verify(fromHex(message), fromHex(signature), fromHex(publicKey))).toBe(true);
  });

  it('makes the signatures of tweetnacl, and each library accepts those of the other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
        const pair = nodeCrypto.generateKeyPair();
        const { secretKey } = nacl.sign.keyPair.fromSeed(pair.secretSeed);
        const ours = nodeCrypto.sign(message, pair.secretSeed);
        const theirs = nacl.sign.detached(message, secretKey);
        expect(toHex(ours)).toBe(toHex(theirs));
        expect(nodeCrypto.verify(message, theirs, pair.publicKey)).toBe(true);
        expect(nacl.sign.detached.verify(message, ours, pair.publicKey)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('refuses an altered message, an altered signature and another key', () => {
    const { publicKey, secretSeed } = nodeCrypto.generateKeyPair();
    const message = text('round 12');
    const signature = nodeCrypto.sign(message, secretSeed);
    const altered = signature.slice();
    altered[3] = (altered[3] ?? 0) ^ 1;
    expect(nodeCrypto.verify(text('round 13'), signature, publicKey)).toBe(false);
    expect(nodeCrypto.verify(message, altered, publicKey)).toBe(false);
    expect(nodeCrypto.verify(message, signature, nodeCrypto.generateKeyPair().publicKey)).toBe(false);
  });

  it('answers false, never an error, for whatever bytes come as key and signature', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 40 }), (signature, publicKey) => {
        expect(nodeCrypto.verify(text('x'), signature, publicKey)).toBe(false);
      }),
    );
    const randomKey = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const randomSignature = fc.uint8Array({ minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(randomSignature, randomKey, (signature, publicKey) => {
        expect(typeof nodeCrypto.verify(text('x'), signature, publicKey)).toBe('boolean');
      }),
    );
  });

  it('refuses a seed of impossible length', () => {
    expect(() => nodeCrypto.sign(text('x'), new Uint8Array(31))).toThrow(TypeError);
    expect(() => keyPairFromSeed(new Uint8Array(64))).toThrow(TypeError);
  });
});

describe('SHA-256', () => {
  it.each(SHA256)('agrees with FIPS 180-4 (%#)', async (message, digest) => {
    const bytes = text(message);
    const half = Math.floor(bytes.byteLength / 2);
    const pieces = [bytes.subarray(0, half), bytes.subarray(half)];
    expect(toHex(nodeCrypto.sha256(bytes))).toBe(digest);
    expect(toHex(await sha256Stream(pieces))).toBe(digest);
    expect(toHex(sha256Hasher().update(bytes).digest())).toBe(digest);
  });
});

describe('randomBytes', () => {
  it('gives as many as asked for, in an array of their own', () => {
    const bytes = nodeCrypto.randomBytes(32);
    expect(bytes.byteLength).toBe(32);
    expect(bytes.buffer.byteLength).toBe(32);
    expect(toHex(nodeCrypto.randomBytes(32))).not.toBe(toHex(bytes));
  });
});
