/**
 * The order of the examples: xoshiro128** 1.1 (Blackman and Vigna, 2018), seeded by two outputs of SplitMix64
 * (Steele, Lea and Flood, 2014), low half first. The host's reference draws the same numbers. Not for secrets.
 */
let state0: u32 = 0;
let state1: u32 = 0;
let state2: u32 = 0;
let state3: u32 = 0;

export function seedOrder(seed: u64): void {
  const first = splitMix(seed + 0x9e3779b97f4a7c15);
  const second = splitMix(seed + 2 * 0x9e3779b97f4a7c15);
  state0 = <u32>first;
  state1 = <u32>(first >> 32);
  state2 = <u32>second;
  state3 = <u32>(second >> 32);
}

function splitMix(value: u64): u64 {
  let mixed = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

function next(): u32 {
  const result = rotl<u32>(state1 * 5, 7) * 9;
  const shifted = state1 << 9;
  state2 ^= state0;
  state3 ^= state1;
  state1 ^= state2;
  state0 ^= state3;
  state2 ^= shifted;
  state3 = rotl<u32>(state3, 11);
  return result;
}

/** A number below `bound`, each equally likely: draws from the incomplete last run of 2^32 are thrown away. */
function below(bound: u32): u32 {
  const usable: u64 = 0x100000000 - (<u64>0x100000000 % bound);
  let draw = next();
  while (<u64>draw >= usable) draw = next();
  return draw % bound;
}

/** Fills i32[count] with a fresh permutation: Fisher and Yates, from the end (Knuth's algorithm P). */
export function permute(order: usize, count: i32): void {
  for (let index = 0; index < count; index++) store<i32>(order + (index << 2), index);
  for (let last = count - 1; last > 0; last--) {
    const other = <i32>below(last + 1);
    const held = load<i32>(order + (last << 2));
    store<i32>(order + (last << 2), load<i32>(order + (other << 2)));
    store<i32>(order + (other << 2), held);
  }
}
