import { seededRandomness, type Randomness } from '@sedge/kit';
import { type DataType, elementCount, limits, SedgeError, type Tensor, type TensorSpec } from '@sedge/protocol/core';
import { bytesOf } from '../engines/bytes-elements.ts';

/**
 * What a dimension may be that the caller of the model chooses: 1 suits most models, but not those that take pictures
 * of any size.
 */
const FREE_SIZES = [1, 32, 224] as const;

/** The sets of inputs to try a model with, one after the other: one where all is declared. */
export function freeSizes(specs: readonly TensorSpec[]): readonly number[] {
  const hasFreeSize = specs.some(({ shape }) => shape.some((size, axis) => size < 0 && axis > 0));
  return hasFreeSize ? FREE_SIZES : [FREE_SIZES[0]];
}

/**
 * The same on every engine. The first dimension is a batch of one where it is free, the others have the size that is
 * given. Throws TENSOR_MISMATCH for shapes beyond what a request may have.
 */
export function probeInputs(specs: readonly TensorSpec[], freeSize = 1): Tensor[] {
  const random = seededRandomness('probe inputs');
  return specs.map(({ name, dataType, shape }) => {
    const sizes = shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? 1 : freeSize));
    const count = elementCount(sizes);
    if (count > limits.inferBodyBytesMax) throw new SedgeError('TENSOR_MISMATCH', `the input ${name} is too large`);
    return { name, dataType, shape: sizes, data: VALUES[dataType](count, random) };
  });
}

type MakeValues = (count: number, random: Randomness) => Uint8Array;

/** Numbers from -1 to 1 for floats. Whole numbers are 0 and 1, since they are often indices; bytes are those of pictures. */
const VALUES: Readonly<Record<DataType, MakeValues>> = {
  BOOL: wholes(Uint8Array, 2),
  UINT8: wholes(Uint8Array, 256),
  INT8: wholes(Int8Array, 128),
  UINT16: wholes(Uint16Array, 2),
  INT16: wholes(Int16Array, 2),
  UINT32: wholes(Uint32Array, 2),
  INT32: wholes(Int32Array, 2),
  UINT64: bigWholes(BigUint64Array),
  INT64: bigWholes(BigInt64Array),
  FP16: halves(10, 0x3800),
  BF16: halves(7, 0x3f00),
  FP32: (count, random) => bytesIn(Float32Array.from({ length: count }, () => 2 * random.uniform() - 1)),
  FP64: (count, random) => bytesIn(Float64Array.from({ length: count }, () => 2 * random.uniform() - 1)),
  BYTES: (count) => bytesOf(Array.from({ length: count }, () => 'a')),
};

type WholeArray = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;

function wholes(make: new (length: number) => WholeArray, below: number): MakeValues {
  return (count, random) => {
    const values = new make(count);
    for (let index = 0; index < count; index++) values[index] = random.integer(below);
    return bytesIn(values);
  };
}

function bigWholes(make: BigInt64ArrayConstructor | BigUint64ArrayConstructor): MakeValues {
  return (count, random) => bytesIn(make.from(Array.from({ length: count }, () => BigInt(random.integer(2)))));
}

/** The bits of 0.5 with a random fraction: numbers from 0.5 to 1. */
function halves(fractionBits: number, bitsOfHalf: number): MakeValues {
  return (count, random) =>
    bytesIn(Uint16Array.from({ length: count }, () => bitsOfHalf | random.integer(1 << fractionBits)));
}

function bytesIn({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
