import { describe, expect, it } from 'vitest';
import {
  issueNodeToken,
  keyIdOf,
  toBase64Url,
  toUtf8,
  verifyNodeToken,
  type KeyId,
  type NodeId,
} from '../src/index.ts';
import { keyPairOf, testCrypto } from './support/test-crypto.ts';

const node = 'pi-7' as NodeId;
const key = keyPairOf(1);
const coordinator = keyIdOf(testCrypto, keyPairOf(2).publicKey);
const nowMs = 1_800_000_000_000;

function verify(token: string, overrides: { nowMs?: number; coordinator?: KeyId } = {}) {
  return verifyNodeToken(testCrypto, token, {
    coordinator,
    nowMs,
    keyOf: (id) => (id === node ? key.publicKey : undefined),
    ...overrides,
  });
}

describe('node token', () => {
  const token = issueNodeToken(testCrypto, { node, coordinator, key, nowMs });

  it('is a JWT with the algorithm EdDSA', () => {
    // base64url of {"alg":"EdDSA","typ":"JWT"}; the algorithm is named in RFC 8037, section 3.1.
    expect(token.split('.')[0]).toBe('eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9');
  });

  it('is accepted while it is fresh', () => {
    expect(verify(token)).toMatchObject({ sub: node, aud: coordinator });
  });

  it('ends after five minutes and the tolerated skew', () => {
    expect(verify(token, { nowMs: nowMs + 5 * 60_000 + 59_000 })).toBeDefined();
    expect(() => verify(token, { nowMs: nowMs + 5 * 60_000 + 61_000 })).toThrow(/TOKEN_EXPIRED/);
    expect(() => verify(token, { nowMs: nowMs - 61_000 })).toThrow(/TOKEN_EXPIRED/);
  });

  it('is refused for another coordinator, an unknown node or a foreign key', () => {
    expect(() => verify(token, { coordinator: 'f'.repeat(64) as KeyId })).toThrow(/UNAUTHENTICATED/);
    const unknown = issueNodeToken(testCrypto, { node: 'pi-8' as NodeId, coordinator, key, nowMs });
    expect(() => verify(unknown)).toThrow(/UNAUTHENTICATED/);
    const forged = issueNodeToken(testCrypto, { node, coordinator, key: keyPairOf(3), nowMs });
    expect(() => verify(forged)).toThrow(/UNAUTHENTICATED/);
  });

  it('is refused with the algorithm none, and when it promises itself a long life', () => {
    const [, body, signature] = token.split('.');
    const none = toBase64Url(toUtf8('{"alg":"none","typ":"JWT"}'));
    expect(() => verify(`${none}.${body}.${signature}`)).toThrow(/TOKEN_MALFORMED/);
    const claims = { sub: node, aud: coordinator, iat: nowMs / 1000, exp: nowMs / 1000 + 86_400 };
    const signed = `${token.split('.')[0]}.${toBase64Url(toUtf8(JSON.stringify(claims)))}`;
    const long = `${signed}.${toBase64Url(testCrypto.sign(toUtf8(signed), key.secretSeed))}`;
    expect(() => verify(long)).toThrow(/TOKEN_EXPIRED/);
  });

  it.each(['', '.', '..', 'a.b.c', 'a.b.c.d', `${'x'.repeat(3000)}.a.b`])('refuses %j', (text) => {
    expect(() => verify(text)).toThrow(/TOKEN_MALFORMED/);
  });
});
