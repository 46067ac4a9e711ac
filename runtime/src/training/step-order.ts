import { ExampleOrder } from '../reference/example-order.ts';

export interface StepOrderOptions {
  readonly rows: number;
  readonly batch: number;
  readonly seed: bigint;
}

/** The rows of some steps that follow each other, `batch` for each. */
export interface StepRows {
  readonly rows: Int32Array;
  /** 1 for an example; 0 for what fills up the last batch of an epoch. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** Examples of each step. */
  readonly counts: readonly number[];
}

/** Which examples each step takes: a fresh permutation for each epoch, its last batch as short as it comes out. */
export class StepOrder {
  readonly stepsPerEpoch: number;
  readonly #options: StepOrderOptions;
  readonly #generator: ExampleOrder;
  #permutation: Int32Array = new Int32Array();
  #epochsDrawn = 0;

  constructor(options: StepOrderOptions) {
    this.#options = options;
    this.#generator = new ExampleOrder(options.seed);
    this.stepsPerEpoch = Math.ceil(options.rows / options.batch);
  }

  /** Steps must not go back to an epoch before the one of the last call. */
  take(firstStep: number, steps: number): StepRows {
    const { batch } = this.#options;
    const rows = new Int32Array(steps * batch);
    const weights = new Float32Array(steps * batch);
    const counts = Array.from({ length: steps }, (_, index) => {
      const picked = this.#rowsOf(firstStep + index);
      const place = index * batch;
      // What fills up must be rows that exist; their weight makes them count for nothing.
      rows.fill(picked[0] ?? 0, place, place + batch).set(picked, place);
      weights.fill(1, place, place + picked.length);
      return picked.length;
    });
    return { rows, weights, counts };
  }

  #rowsOf(step: number): Int32Array {
    const { rows, batch } = this.#options;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    for (; this.#epochsDrawn <= epoch; this.#epochsDrawn++) this.#permutation = this.#generator.permutation(rows);
    const first = (step % this.stepsPerEpoch) * batch;
    return this.#permutation.subarray(first, first + batch);
  }
}
