/**
 * The order of training examples: xoshiro128** 1.1 (Blackman and Vigna, 2018) seeded by SplitMix64 (Steele, Lea and
 * Flood, 2014), and Fisher and Yates' shuffle. The component draws the same numbers. Not for secrets.
 */
export class ExampleOrder {
  readonly #state: Uint32Array;

  constructor(seed: bigint) {
    // The low half of each output first.
    const [first, second] = [splitMix64(seed, 1n), splitMix64(seed, 2n)];
    this.#state = Uint32Array.of(
      ...[first, first >> 32n, second, second >> 32n].map((half) => Number(half & LOW_HALF)),
    );
  }

  /** Goes on from a state of the generator, at least one part of which is not zero. */
  static ofState(...state: readonly [number, number, number, number]): ExampleOrder {
    const order = new ExampleOrder(0n);
    order.#state.set(state);
    return order;
  }

  /** The next number of xoshiro128**, in [0, 2^32). */
  next(): number {
    const state = this.#state;
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const mixed2 = s2 ^ s0;
    const mixed3 = s3 ^ s1;
    state[0] = s0 ^ mixed3;
    state[1] = s1 ^ mixed2;
    state[2] = mixed2 ^ (s1 << 9);
    state[3] = rotateLeft(mixed3, 11);
    return result;
  }

  /** A whole number below `bound`, each equally likely: draws from the incomplete last run of 2^32 are thrown away. */
  below(bound: number): number {
    const usable = 2 ** 32 - (2 ** 32 % bound);
    let draw = this.next();
    while (draw >= usable) draw = this.next();
    return draw % bound;
  }

  /** A permutation of 0 … count − 1, shuffled from the end (Knuth's algorithm P). */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const held = order[last] ?? 0;
      order[last] = order[other] ?? 0;
      order[other] = held;
    }
    return order;
  }
}

const LOW_HALF = 0xffff_ffffn;

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** The n-th output of SplitMix64 for a seed, n from 1. */
export function splitMix64(seed: bigint, n: bigint): bigint {
  let mixed = BigInt.asUintN(64, seed + n * 0x9e3779b97f4a7c15n);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
  return mixed ^ (mixed >> 31n);
}
