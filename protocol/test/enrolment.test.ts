import { describe, expect, it } from 'vitest';
import { decodeEnrolmentToken, encodeEnrolmentToken, type KeyId } from '../src/index.ts';

const token = { url: 'http://127.0.0.1:8080', secret: 'A'.repeat(43), coordinator: 'a'.repeat(64) as KeyId };

describe('enrolment token', () => {
  it('is one word that carries address, secret and fingerprint', () => {
    const text = encodeEnrolmentToken(token);
    expect(text).toMatch(/^sedge-enrol_[A-Za-z0-9_-]+$/);
    expect(decodeEnrolmentToken(text)).toEqual({ v: 1, ...token });
  });

  it.each(['', 'sedge-enrol_', 'sedge-enrol_abc', 'other', encodeEnrolmentToken(token).slice(0, -3)])(
    'refuses %j',
    (text) => {
      expect(() => decodeEnrolmentToken(text)).toThrow(/TOKEN_MALFORMED/);
    },
  );
});
