import { allocate } from './memory';
import { writeText } from './text';

const TENSOR_SPEC_BYTES: usize = 20;
const FUNCTION_SPEC_BYTES: usize = 24;

/** An answer of metadata: a list header and that many function specs. */
export function functionList(length: u32): usize {
  const list = allocate(8);
  store<usize>(list, allocate(length * FUNCTION_SPEC_BYTES));
  store<u32>(list, length, 4);
  return list;
}

export function functionAt(list: usize, index: i32): usize {
  return load<usize>(list) + index * FUNCTION_SPEC_BYTES;
}

export function writeFunction(at: usize, name: string, inputs: u32, outputs: u32): void {
  writeText(at, name);
  store<usize>(at, allocate(inputs * TENSOR_SPEC_BYTES), 8);
  store<u32>(at, inputs, 12);
  store<usize>(at, allocate(outputs * TENSOR_SPEC_BYTES), 16);
  store<u32>(at, outputs, 20);
}

export function inputAt(functionSpec: usize, index: i32): usize {
  return load<usize>(functionSpec, 8) + index * TENSOR_SPEC_BYTES;
}

export function outputAt(functionSpec: usize, index: i32): usize {
  return load<usize>(functionSpec, 16) + index * TENSOR_SPEC_BYTES;
}

/** A spec of any rank; -1 for a dimension that is not fixed. */
export function writeTensorSpec(at: usize, name: string, dataType: u8, sizes: i32[]): void {
  writeText(at, name);
  store<u8>(at, dataType, 8);
  const shape = allocate(sizes.length * 4);
  for (let axis = 0; axis < sizes.length; axis++) store<i32>(shape + axis * 4, sizes[axis]);
  store<usize>(at, shape, 12);
  store<u32>(at, sizes.length, 16);
}

/** A matrix spec; -1 for a dimension that is not fixed. */
export function writeMatrixSpec(at: usize, name: string, dataType: u8, rows: i32, columns: i32): void {
  writeTensorSpec(at, name, dataType, [rows, columns]);
}
