import { dataTypeOf } from './data-type';
import { allocate, allocateZeroed } from './memory';
import { TensorList, tensorList } from './tensor';
import { writeText } from './text';
import { View, viewOf } from './view';

/** The answer of a call, while it is made: each method adds a tensor of zeros, to be filled. */
export class Outputs {
  private readonly names: string[] = [];
  private readonly dataTypes: u8[] = [];
  private readonly shapes: i32[][] = [];
  private readonly places: usize[] = [];
  private readonly sizes: u32[] = [];

  vector<T>(name: string, length: i32): View<T> {
    return this.tensor<T>(name, [length]);
  }

  matrix<T>(name: string, rows: i32, columns: i32): View<T> {
    return this.tensor<T>(name, [rows, columns]);
  }

  tensor<T>(name: string, shape: i32[]): View<T> {
    let bytes: u64 = sizeof<T>();
    for (let axis = 0; axis < shape.length; axis++) bytes *= shape[axis];
    assert(bytes <= <u64>i32.MAX_VALUE, 'an output is too large');
    const data = allocateZeroed(<usize>bytes);
    this.names.push(name);
    this.dataTypes.push(dataTypeOf<T>());
    this.shapes.push(shape);
    this.places.push(data);
    this.sizes.push(<u32>bytes);
    return viewOf<T>(data, writeSizes(shape), shape.length);
  }

  /** The list of the contract, in the memory of the call. */
  toList(): TensorList {
    const list = tensorList(this.names.length);
    for (let index = 0; index < this.names.length; index++) {
      const tensor = list.at(index);
      writeText(changetype<usize>(tensor), this.names[index]);
      tensor.dataType = this.dataTypes[index];
      tensor.shapePointer = writeSizes(this.shapes[index]);
      tensor.rank = this.shapes[index].length;
      tensor.data = this.places[index];
      tensor.dataBytes = this.sizes[index];
    }
    return list;
  }
}

function writeSizes(shape: i32[]): usize {
  const pointer = allocate(shape.length * 4);
  for (let axis = 0; axis < shape.length; axis++) store<i32>(pointer + axis * 4, shape[axis]);
  return pointer;
}
