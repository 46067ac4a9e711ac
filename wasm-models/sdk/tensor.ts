import { allocate } from './memory';
import { readText, textIs, writeText } from './text';

/** Numbers of the enum data-type in wit/model.wit. */
export namespace DataType {
  export const UINT8: u8 = 1;
  export const INT32: u8 = 7;
  export const INT64: u8 = 8;
  export const FLOAT32: u8 = 11;
}

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
