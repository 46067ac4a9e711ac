import { allocateZeroed } from './memory';

/** The elements of a tensor as numbers; it looks at the memory of the call and ends with it. */
@unmanaged
export class View<T> {
  /** Where the elements begin; aligned to 16 bytes, for `v128.load`. */
  data: usize;
  length: i32;
  rank: i32;
  shapePointer: usize;

  get isEmpty(): bool {
    return this.length === 0;
  }

  size(axis: i32): i32 {
    return axis < this.rank ? load<i32>(this.shapePointer + axis * 4) : 0;
  }

  /** The size of the first dimension. */
  get rows(): i32 {
    return this.size(0);
  }

  // @ts-ignore: decorator
  @inline @operator('[]')
  get(index: i32): T {
    return load<T>(this.data + <usize>index * sizeof<T>());
  }

  // @ts-ignore: decorator
  @inline @operator('[]=')
  set(index: i32, value: T): void {
    store<T>(this.data + <usize>index * sizeof<T>(), value);
  }

  /** An element of a matrix. */
  // @ts-ignore: decorator
  @inline
  at(row: i32, column: i32): T {
    return this.get(row * this.size(1) + column);
  }

  /** A copy that outlives the call. */
  toArray(): StaticArray<T> {
    const copy = new StaticArray<T>(this.length);
    memory.copy(changetype<usize>(copy), this.data, <usize>this.length * sizeof<T>());
    return copy;
  }
}

export function viewOf<T>(data: usize, shapePointer: usize, rank: i32): View<T> {
  const view = emptyView<T>();
  let length = 1;
  for (let axis = 0; axis < rank; axis++) length *= load<i32>(shapePointer + axis * 4);
  view.data = data;
  view.length = length;
  view.rank = rank;
  view.shapePointer = shapePointer;
  return view;
}

export function emptyView<T>(): View<T> {
  return changetype<View<T>>(allocateZeroed(offsetof<View<T>>()));
}
