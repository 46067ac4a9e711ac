import { SedgeError } from '@sedge/protocol';

/** Updates are summed as whole multiples of 2^-24, about 6e-8: finer than the steps of training, coarser than float32 near zero. */
export const GRID_STEPS_PER_UNIT = 2 ** 24;

/**
 * A weighted sum of update vectors that does not depend on the order or the grouping in which they arrive.
 *
 * Values are cut to the grid towards zero, so that no coordinate grows and the clip norm still bounds the L2 norm of
 * what is summed. Sums are whole numbers in a Float64Array; a bound on their magnitude is kept below 2^53, up to where
 * such sums are exact and addition is associative.
 */
export class FixedPointSum {
  readonly #steps: Float64Array<ArrayBuffer>;
  #totalWeight = 0;
  #updates = 0;
  #magnitudeBound = 0;

  constructor(length: number) {
    this.#steps = new Float64Array(length);
  }

  get length(): number {
    return this.#steps.length;
  }

  get updates(): number {
    return this.#updates;
  }

  get totalWeight(): number {
    return this.#totalWeight;
  }

  /** The sum in grid steps, in a copy. */
  steps(): Float64Array<ArrayBuffer> {
    return this.#steps.slice();
  }

  /** Adds an update, all of it or, where it throws UPDATE_INVALID or ACCUMULATOR_OVERFLOW, nothing. */
  add(values: ArrayLike<number>, weight: number): void {
    this.#checkLength(values.length);
    checkWeight(weight);
    this.#grow({ totalWeight: weight, updates: 1, magnitudeBound: weight * largestSteps(values) });
    for (let index = 0; index < this.#steps.length; index++) {
      this.#steps[index] = (this.#steps[index] ?? 0) + weight * toSteps(values[index] ?? 0);
    }
  }

  /** Adds everything that another sum holds. */
  merge(other: FixedPointSum): void {
    this.#checkLength(other.length);
    this.#grow({
      totalWeight: other.#totalWeight,
      updates: other.#updates,
      magnitudeBound: other.#magnitudeBound,
    });
    for (let index = 0; index < this.#steps.length; index++) {
      this.#steps[index] = (this.#steps[index] ?? 0) + (other.#steps[index] ?? 0);
    }
  }

  #checkLength(length: number): void {
    if (length === this.#steps.length) return;
    throw new SedgeError('UPDATE_INVALID', `an update of ${length} values was added to a sum of ${this.#steps.length}`);
  }

  /** Checked before anything is added: the bound depends on which updates came, never on their order. */
  #grow(added: { totalWeight: number; updates: number; magnitudeBound: number }): void {
    const magnitudeBound = this.#magnitudeBound + added.magnitudeBound;
    const totalWeight = this.#totalWeight + added.totalWeight;
    if (!Number.isSafeInteger(magnitudeBound) || !Number.isSafeInteger(totalWeight)) {
      throw new SedgeError(
        'ACCUMULATOR_OVERFLOW',
        `update ${this.#updates + 1} could carry the sum past 2^53 grid steps`,
      );
    }
    this.#magnitudeBound = magnitudeBound;
    this.#totalWeight = totalWeight;
    this.#updates += added.updates;
  }
}

function toSteps(value: number): number {
  return Math.trunc(value * GRID_STEPS_PER_UNIT);
}

function largestSteps(values: ArrayLike<number>): number {
  let largest = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    if (!Number.isFinite(value)) throw new SedgeError('UPDATE_INVALID', `value ${index} of the update is ${value}`);
    largest = Math.max(largest, Math.abs(toSteps(value)));
  }
  return largest;
}

function checkWeight(weight: number): void {
  if (Number.isSafeInteger(weight) && weight >= 1) return;
  throw new SedgeError('UPDATE_INVALID', `an update weighs a whole number of examples from 1, not ${weight}`);
}
