import { describe, expect, it } from 'vitest';
import { byteRange } from '../../src/http/byte-range.ts';

describe('byteRange', () => {
  // RFC 9110 §14.1.2, for a representation of 10,000 bytes.
  it.each([
    ['bytes=0-499', { start: 0, end: 499 }],
    ['bytes=500-999', { start: 500, end: 999 }],
    ['bytes=-500', { start: 9500, end: 9999 }],
    ['bytes=9500-', { start: 9500, end: 9999 }],
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=9999-20000', { start: 9999, end: 9999 }],
    ['bytes=-20000', { start: 0, end: 9999 }],
  ])('reads %s', (header, range) => {
    expect(byteRange(header, 10_000)).toEqual(range);
  });

  it.each([undefined, '', 'bytes=', 'bytes=-', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,5-6'])(
    'gives the whole for %s',
    (header) => {
      expect(byteRange(header, 10_000)).toBeUndefined();
    },
  );

  it.each([
    ['bytes=10000-', 10_000],
    ['bytes=5-4', 10_000],
    ['bytes=-0', 10_000],
    ['bytes=0-0', 0],
    ['bytes=-1', 0],
  ])('refuses %s of %i bytes', (header, size) => {
    expect(() => byteRange(header, size)).toThrow(/RANGE_NOT_SATISFIABLE/);
  });
});
