import type { Randomness } from './randomness.ts';

/** Crockford's base 32 in lower case: no i, l, o, u, so that an id survives being read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 20;

/** `<prefix>-` and 100 random bits: an id that may stand in a topic level, a path and a file name. */
export function newId(randomness: Pick<Randomness, 'bytes'>, prefix: string): string {
  return `${prefix}-${newCode(randomness)}`;
}

/** The random part alone: 20 characters of Crockford's base 32. */
export function newCode(randomness: Pick<Randomness, 'bytes'>): string {
  return Array.from(randomness.bytes(LENGTH), (byte) => ALPHABET.charAt(byte & 31)).join('');
}
