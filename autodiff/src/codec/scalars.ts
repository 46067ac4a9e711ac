import { OnnxError } from '../onnx-error.ts';
import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';
import { WIRE_TYPE, type WireType } from './wire-type.ts';

/** One protobuf scalar type: how it lies on the wire, how it is read and written. */
export interface Scalar<Value> {
  readonly wireType: WireType;
  read(reader: WireReader): Value;
  write(writer: WireWriter, value: Value): void;
}

export const text: Scalar<string> = {
  wireType: WIRE_TYPE.lengthDelimited,
  read: (reader) => reader.text(),
  write: (writer, value) => writer.text(value),
};

export const blob: Scalar<Uint8Array> = {
  wireType: WIRE_TYPE.lengthDelimited,
  read: (reader) => reader.bytes(),
  write: (writer, value) => writer.bytes(value),
};

export const float32: Scalar<number> = {
  wireType: WIRE_TYPE.fixed32,
  read: (reader) => reader.float32(),
  write: (writer, value) => writer.float32(value),
};

export const float64: Scalar<number> = {
  wireType: WIRE_TYPE.fixed64,
  read: (reader) => reader.float64(),
  write: (writer, value) => writer.float64(value),
};

export const int32: Scalar<number> = {
  wireType: WIRE_TYPE.varint,
  read: (reader) => reader.int32(),
  write: writeInteger,
};

export const int64: Scalar<bigint> = {
  wireType: WIRE_TYPE.varint,
  read: (reader) => reader.int64(),
  write: (writer, value) => writer.int64(value),
};

export const uint64: Scalar<bigint> = {
  wireType: WIRE_TYPE.varint,
  read: (reader) => reader.uint64(),
  write: (writer, value) => writer.int64(value),
};

/** An int64 that is a number here because it counts something: a dimension or a version. */
export const integer: Scalar<number> = {
  wireType: WIRE_TYPE.varint,
  read: (reader) => reader.integer(),
  write: writeInteger,
};

function writeInteger(writer: WireWriter, value: number): void {
  if (!Number.isSafeInteger(value)) throw new OnnxError('MALFORMED', `${value} is not an integer`);
  if (value >= 0) writer.unsigned(value);
  else writer.int64(BigInt(value));
}
