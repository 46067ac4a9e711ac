import { allocate } from './memory';
import { dataTypeOf } from './data-type';
import { refuse } from './refusal';
import { readText, textIs, writeText } from './text';
import { emptyView, View, viewOf } from './view';


/** The record tensor in the canonical ABI's layout: a view of memory, never allocated by `new`. */
@unmanaged
export class Tensor {
  namePointer: usize;
  nameBytes: u32;
  dataType: u8;
  shapePointer: usize;
  rank: u32;
  data: usize;
  dataBytes: u32;

  size(axis: i32): u32 {
    return load<u32>(this.shapePointer + axis * 4);
  }

  isNamed(name: string): bool {
    return textIs(this.namePointer, this.nameBytes, name);
  }

  get name(): string {
    return readText(this.namePointer, this.nameBytes);
  }

  /** Whether shape and data agree; the host checks this too, a foreign host might not. */
  fits(elementBytes: u64): bool {
    let bytes: u64 = elementBytes;
    for (let axis = 0; axis < <i32>this.rank; axis++) {
      bytes *= this.size(axis);
      if (bytes > u32.MAX_VALUE) return false;
    }
    return bytes === this.dataBytes;
  }
}

const TENSOR_BYTES: usize = 28;

/** A list of tensors: what the host passes, or what `tensorList` makes for an answer. */
@unmanaged
export class TensorList {
  pointer: usize;
  length: u32;

  at(index: i32): Tensor {
    return changetype<Tensor>(this.pointer + index * TENSOR_BYTES);
  }

  find(name: string): Tensor | null {
    for (let index = 0; index < <i32>this.length; index++) {
      if (this.at(index).isNamed(name)) return this.at(index);
    }
    return null;
  }

  /**
   * The elements of a tensor. One that is not there, or of another type, is an empty view, and the call is answered
   * with that fault, whatever the model returns.
   */
  view<T>(name: string): View<T> {
    const tensor = this.find(name);
    if (!tensor) return refuseView<T>(name + ' is missing');
    if (tensor.dataType !== dataTypeOf<T>() || !tensor.fits(sizeof<T>())) {
      return refuseView<T>(name + ' is not of the type that is asked for');
    }
    return viewOf<T>(tensor.data, tensor.shapePointer, tensor.rank);
  }

  /** A view of one dimension; of that length, unless it is -1. */
  vector<T>(name: string, length: i32 = -1): View<T> {
    const view = this.view<T>(name);
    if (view.isEmpty || (view.rank === 1 && (length < 0 || view.length === length))) return view;
    return refuseView<T>(name + ' must be [' + sizeWord(length) + ']');
  }

  /** A view of rows and columns; of that many columns, unless it is -1. */
  matrix<T>(name: string, columns: i32 = -1): View<T> {
    const view = this.view<T>(name);
    if (view.isEmpty || (view.rank === 2 && (columns < 0 || view.size(1) === columns))) return view;
    return refuseView<T>(name + ' must be [rows, ' + sizeWord(columns) + ']');
  }
}

function refuseView<T>(fault: string): View<T> {
  refuse(fault);
  return emptyView<T>();
}

function sizeWord(size: i32): string {
  return size < 0 ? 'any' : size.toString();
}

/** A list header over the two parameters that stand for a list in a core function. */
export function asList(pointer: usize, length: u32): TensorList {
  const list = allocate(8);
  store<usize>(list, pointer);
  store<u32>(list, length, 4);
  return changetype<TensorList>(list);
}

export function tensorList(length: u32): TensorList {
  return asList(allocate(length * TENSOR_BYTES), length);
}

/** Fills one tensor of an answer; `data` must live until the call is released. */
export function writeTensor(
  tensor: Tensor,
  name: string,
  dataType: u8,
  rank: u32,
  size0: u32,
  size1: u32,
  data: usize,
  dataBytes: u32,
): void {
  writeText(changetype<usize>(tensor), name);
  tensor.dataType = dataType;
  tensor.shapePointer = allocate(8);
  store<u32>(tensor.shapePointer, size0);
  store<u32>(tensor.shapePointer, size1, 4);
  tensor.rank = rank;
  tensor.data = data;
  tensor.dataBytes = dataBytes;
}
