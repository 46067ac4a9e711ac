import { createCipheriv, createHash, randomFillSync } from 'node:crypto';

/** Random numbers, given as an argument. Whatever guards privacy or access gets `systemRandomness`. */
export interface Randomness {
  /** A fresh array that the caller may keep and change. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
  /** Uniform over 0 … 2³²−1. */
  uint32(): number;
  /** Uniform over [0, 1) on a grid of 2⁻⁵³. */
  uniform(): number;
  /** Uniform over 0 … maxExclusive−1 without bias; maxExclusive is an integer from 1 to 2⁵³. */
  integer(maxExclusive: number): number;
  /** A shuffled copy (Fisher and Yates). */
  shuffle<Item>(items: readonly Item[]): Item[];
}

/** Fills an array with the next bytes of a source. */
type Fill = (target: Uint8Array<ArrayBuffer>) => void;

/** One call into the system or the cipher serves this many bytes of small requests. */
const POOL_BYTES = 16 * 1024;

/** From the operating system's generator. */
export const systemRandomness: Randomness = randomnessOf((target) => {
  randomFillSync(target);
});

/**
 * The ChaCha20 key stream (RFC 8439, counter and nonce 0) under the SHA-256 of the seed: the same numbers on every
 * machine. For simulations, partitions and tests; secret only as far as the seed is.
 * The stream repeats after 256 GiB.
 */
export function seededRandomness(seed: Uint8Array | string): Randomness {
  return randomnessOf(chacha20KeyStream(createHash('sha256').update(seed).digest()));
}

/** The key stream of ChaCha20 from block 0 with an all-zero nonce, unless others are given. */
export function chacha20KeyStream(key: Uint8Array, initialBlock = new Uint8Array(16)): Fill {
  // OpenSSL's 16 bytes of "IV" are the little-endian block counter (4) and the nonce (12) of RFC 8439.
  const cipher = createCipheriv('chacha20', key, initialBlock);
  return (target) => {
    target.fill(0);
    target.set(cipher.update(target));
  };
}

/** Builds the port over any source of bytes; two with the same source yield the same numbers. */
export function randomnessOf(fill: Fill): Randomness {
  const pool = new Uint8Array(POOL_BYTES);
  const view = new DataView(pool.buffer);
  let position = POOL_BYTES;

  function bytes(count: number): Uint8Array<ArrayBuffer> {
    const result = new Uint8Array(count);
    const pooled = Math.min(count, POOL_BYTES - position);
    result.set(pool.subarray(position, position + pooled));
    position += pooled;
    if (pooled < count) fill(result.subarray(pooled));
    return result;
  }

  function uint32(): number {
    if (position + 4 > POOL_BYTES) refill();
    const value = view.getUint32(position, true);
    position += 4;
    return value;
  }

  function refill(): void {
    fill(pool);
    position = 0;
  }

  function uniform(): number {
    const high = uint32() >>> 5;
    const low = uint32() >>> 6;
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000;
  }

  function integer(maxExclusive: number): number {
    checkRange(maxExclusive);
    return maxExclusive <= 0x1_0000_0000 ? integer32(maxExclusive) : integer53(maxExclusive);
  }

  /** Numbers beyond the last whole multiple of the range are drawn again: the remainder would be biased. */
  function integer32(maxExclusive: number): number {
    const accepted = 0x1_0000_0000 - (0x1_0000_0000 % maxExclusive);
    let drawn = uint32();
    while (drawn >= accepted) drawn = uint32();
    return drawn % maxExclusive;
  }

  function integer53(maxExclusive: number): number {
    const accepted = 0x20_0000_0000_0000 - (0x20_0000_0000_0000 % maxExclusive);
    let drawn = uniform() * 0x20_0000_0000_0000;
    while (drawn >= accepted) drawn = uniform() * 0x20_0000_0000_0000;
    return drawn % maxExclusive;
  }

  function shuffle<Item>(items: readonly Item[]): Item[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = integer(last + 1);
      const moved = shuffled[last] as Item;
      shuffled[last] = shuffled[other] as Item;
      shuffled[other] = moved;
    }
    return shuffled;
  }

  return { bytes, uint32, uniform, integer, shuffle };
}

function checkRange(maxExclusive: number): void {
  if (!Number.isInteger(maxExclusive) || maxExclusive < 1 || maxExclusive > 0x20_0000_0000_0000) {
    throw new RangeError(`a range of random integers has 1 to 2^53 of them, not ${maxExclusive}`);
  }
}
