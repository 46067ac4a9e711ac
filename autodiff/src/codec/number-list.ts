import type { NumberArray } from './schema.ts';

const FIRST_CAPACITY = 16;

/** Collects the numbers of one repeated field, which may come one by one or in runs of known length. */
export class NumberList {
  readonly #make: (length: number) => NumberArray;
  #values: NumberArray;
  #length = 0;

  constructor(make: (length: number) => NumberArray) {
    this.#make = make;
    this.#values = make(0);
  }

  reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#values.length) return;
    // A first run gets exactly its length; single numbers double the room.
    const grown = this.#make(Math.max(needed, this.#length === 0 ? 0 : 2 * this.#values.length));
    grown.set(this.#values.subarray(0, this.#length) as never);
    this.#values = grown;
  }

  push(value: unknown): void {
    if (this.#length === this.#values.length) this.reserve(this.#length === 0 ? FIRST_CAPACITY : 1);
    this.#values[this.#length++] = value as never;
  }

  finish(): NumberArray {
    return this.#length === this.#values.length ? this.#values : this.#values.slice(0, this.#length);
  }
}
