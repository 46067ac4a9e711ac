import { OnnxError } from '../onnx-error.ts';
import type { NumericTypeName } from '../tensors/data-type.ts';
import type { TensorArray } from '../tensors/tensor-values.ts';

/** What is known of a value of a graph at one batch size. */
export interface Value {
  readonly name: string;
  readonly type: NumericTypeName;
  readonly dims: readonly number[];
  /** The content, of a value that depends on neither the data nor the trainable weights. */
  readonly constant?: TensorArray;
}

/** Every value of a graph by name. */
export class ValueTable {
  readonly #values: ReadonlyMap<string, Value>;

  constructor(values: Iterable<Value>) {
    this.#values = new Map(Array.from(values, (value) => [value.name, value]));
  }

  get(name: string): Value {
    const value = this.#values.get(name);
    if (value === undefined) throw new OnnxError('INVALID_GRAPH', `nothing is known of the value "${name}"`);
    return value;
  }

  find(name: string): Value | undefined {
    return this.#values.get(name);
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.#values.values();
  }
}
