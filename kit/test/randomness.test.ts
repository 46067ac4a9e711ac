import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chacha20KeyStream, randomnessOf, seededRandomness, systemRandomness } from '../src/index.ts';

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

/** Four counter bytes (little-endian) and the nonce, as RFC 8439 lays out the last row of the state. */
const block = (counter: string, nonce: string): Uint8Array<ArrayBuffer> => new Uint8Array(fromHex(counter + nonce));
const ZERO_KEY = '00'.repeat(32);
const ZERO_NONCE = '00'.repeat(12);

describe('chacha20KeyStream', () => {
  it.each([
    {
      name: 'RFC 8439 §2.3.2',
      key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
      start: block('01000000', '000000090000004a00000000'),
      stream:
        '10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4ed2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e',
    },
    {
      name: 'RFC 8439 A.1 #1',
      key: ZERO_KEY,
      start: block('00000000', ZERO_NONCE),
      stream:
        '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586',
    },
    {
      name: 'RFC 8439 A.1 #2',
      key: ZERO_KEY,
      start: block('01000000', ZERO_NONCE),
      stream:
        '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f',
    },
  ])('agrees with $name', ({ key, start, stream }) => {
    const target = new Uint8Array(64);
    chacha20KeyStream(fromHex(key), start)(target);
    expect(Buffer.from(target).toString('hex')).toBe(stream);
  });
});

describe('seededRandomness', () => {
  it('repeats itself for one seed and differs for another', () => {
    const draw = (seed: string): string => Buffer.from(seededRandomness(seed).bytes(40)).toString('hex');
    expect(draw('a')).toBe(draw('a'));
    expect(draw('a')).not.toBe(draw('b'));
  });

  it('serves long and short requests from one stream', () => {
    const whole = seededRandomness('s').bytes(100_000);
    const pieces = seededRandomness('s');
    const joined = Buffer.concat([pieces.bytes(1), pieces.bytes(30_000), pieces.bytes(69_999)]);
    expect(joined.equals(whole)).toBe(true);
  });

  it('draws uniform numbers with the mean and variance that they must have', () => {
    const randomness = seededRandomness('moments');
    const draws = Array.from({ length: 100_000 }, () => randomness.uniform());
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
    expect(Math.min(...draws.slice(0, 1_000))).toBeGreaterThanOrEqual(0);
    // Mean 1/2 with standard error 1/sqrt(12 · 10⁵) = 9.1e-4; variance 1/12 with 1/sqrt(180 · 10⁵) = 2.4e-4.
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * 9.2e-4);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * 2.4e-4);
  });

  it('throws a fair die', () => {
    const randomness = seededRandomness('die');
    const counts = [0, 0, 0, 0, 0, 0];
    for (let roll = 0; roll < 60_000; roll += 1) {
      const face = randomness.integer(6);
      counts[face] = (counts[face] ?? 0) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // The 99.9% point of chi-square with 5 degrees of freedom.
    expect(chiSquare).toBeLessThan(20.52);
  });

  it('shuffles every order equally often', () => {
    const randomness = seededRandomness('shuffle');
    const counts = new Map<string, number>();
    for (let turn = 0; turn < 24_000; turn += 1) {
      const order = randomness.shuffle(['a', 'b', 'c', 'd']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    expect(counts.size).toBe(24);
    // The 99.9% point of chi-square with 23 degrees of freedom.
    expect(chiSquare).toBeLessThan(49.73);
  });
});

describe('randomnessOf', () => {
  /** Yields these little-endian numbers again and again. */
  const scripted = (...numbers: number[]) =>
    randomnessOf((target) => {
      const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
      for (let index = 0; index * 4 < target.byteLength; index += 1) {
        view.setUint32(index * 4, numbers[index % numbers.length] ?? 0, true);
      }
    });

  it('draws again what would favour small integers', () => {
    // 2³² = 3 · 1431655765 + 1: only the last number is beyond the whole multiples of 3.
    expect(scripted(0xffff_ffff, 5).integer(3)).toBe(2);
    expect(scripted(0xffff_fffe, 5).integer(3)).toBe(2);
    expect(scripted(0xffff_fffd, 5).integer(3)).toBe(1);
  });

  it('makes 53 bits of two numbers', () => {
    // The high 27 bits of the first and the high 26 of the second.
    expect(scripted(0xffff_ffff, 0xffff_ffff).uniform()).toBe(1 - 2 ** -53);
    expect(scripted(0, 0).uniform()).toBe(0);
    expect(scripted(0x8000_0000, 0).uniform()).toBe(0.5);
    expect(scripted(0, 64).uniform()).toBe(2 ** -53);
    expect(scripted(0xffff_ffff, 0xffff_ffff, 0, 64).integer(2 ** 53 - 1)).toBe(1);
  });

  it('keeps integers in range', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (range) => {
        const drawn = systemRandomness.integer(range);
        expect(Number.isInteger(drawn) && drawn >= 0 && drawn < range).toBe(true);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 54])('refuses a range of %d', (range) => {
    expect(() => systemRandomness.integer(range)).toThrow(RangeError);
  });

  it('gives bytes that the caller may change', () => {
    const randomness = seededRandomness('x');
    const first = randomness.bytes(8);
    const copy = first.slice();
    randomness.bytes(8).fill(0);
    expect(first).toEqual(copy);
  });
});
