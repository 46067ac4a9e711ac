import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  fromUtf8,
  keyIdOf,
  openEnvelope,
  preAuthenticationEncoding,
  sealEnvelope,
  toBase64,
  toUtf8,
  type KeyId,
} from '../src/index.ts';
import { keyPairOf, testCrypto } from './support/test-crypto.ts';

const kind = { payloadType: 'application/vnd.test+json', schema: z.object({ n: z.number() }) };
const key = keyPairOf(1);
const trusted = (id: KeyId) => (id === keyIdOf(testCrypto, key.publicKey) ? key.publicKey : undefined);

describe('envelope', () => {
  it('signs the encoding that the DSSE specification gives as its example', () => {
    // secure-systems-lab/dsse, protocol.md, "Test Vectors".
    const encoded = preAuthenticationEncoding('http://example.com/HelloWorld', toUtf8('hello world'));
    expect(fromUtf8(encoded)).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('opens for a trusted signer', () => {
    const opened = openEnvelope(testCrypto, kind, sealEnvelope(testCrypto, kind, { n: 7 }, key), trusted);
    expect(opened).toEqual({ payload: { n: 7 }, signer: keyIdOf(testCrypto, key.publicKey) });
  });

  it('refuses an altered payload, a foreign type, no signature, an unknown signer and a borrowed key id', () => {
    const sealed = sealEnvelope(testCrypto, kind, { n: 7 }, key);
    const open = (changed: Partial<typeof sealed>) => () =>
      openEnvelope(testCrypto, kind, { ...sealed, ...changed }, trusted);
    expect(open({ payload: toBase64(toUtf8('{"n":8}')) })).toThrow(/SIGNATURE_INVALID/);
    expect(open({ payloadType: 'application/other' })).toThrow(/ENVELOPE_MALFORMED/);
    expect(open({ signatures: [] })).toThrow(/SIGNATURE_MISSING/);
    const stranger = sealEnvelope(testCrypto, kind, { n: 7 }, keyPairOf(2));
    expect(() => openEnvelope(testCrypto, kind, stranger, trusted)).toThrow(/PUBLISHER_UNKNOWN/);
    const keyid = keyIdOf(testCrypto, key.publicKey);
    expect(open({ signatures: stranger.signatures.map(({ sig }) => ({ keyid, sig })) })).toThrow(/SIGNATURE_INVALID/);
  });

  it('accepts any one good signature among several', () => {
    const sealed = sealEnvelope(testCrypto, kind, { n: 7 }, key);
    const other = sealEnvelope(testCrypto, kind, { n: 7 }, keyPairOf(2));
    const both = { ...sealed, signatures: [...other.signatures, ...sealed.signatures] };
    expect(openEnvelope(testCrypto, kind, both, trusted).payload).toEqual({ n: 7 });
  });
});
