import { OnnxError } from '../onnx-error.ts';
import { defaultDecodeLimits } from './decode-limits.ts';
import type { OnnxModel, OnnxTensor, UnknownField } from './messages.ts';
import { type Content, type Field, type MessageSchema, modelSchema, type NumberArray, tensorSchema } from './schema.ts';
import { WIRE_TYPE } from './wire-type.ts';
import { WireWriter } from './wire-writer.ts';

/** Writes a model file: fields in the order of their numbers, as protobuf's own writers do, unknown ones among them. */
export function encodeModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  return encodeMessage(model, modelSchema, defaultDecodeLimits.depthMax).finish();
}

/** Writes a TensorProto on its own. */
export function encodeTensor(tensor: OnnxTensor): Uint8Array<ArrayBuffer> {
  return encodeMessage(tensor, tensorSchema, defaultDecodeLimits.depthMax).finish();
}

function encodeMessage(message: object, schema: MessageSchema, depthLeft: number): WireWriter {
  // Also the end of a message that contains itself.
  if (depthLeft === 0) throw new OnnxError('TOO_DEEP', 'messages nest too deep to be written');
  const values = message as Readonly<Record<string, unknown>>;
  const writer = new WireWriter();
  const unknown = [...((values['unknownFields'] ?? []) as readonly UnknownField[])].sort(byNumber);
  let previous = 0;
  for (const field of schema.fields) {
    writeUnknown(writer, unknown, previous, field.number);
    previous = field.number;
    const value = values[field.key];
    if (value !== undefined) encodeField(writer, field, value, depthLeft);
    else if (field.required) throw new OnnxError('MALFORMED', `${schema.name} has no ${field.key}`);
  }
  writeUnknown(writer, unknown, previous, Infinity);
  return writer;
}

/** Stable, so that a field that repeats keeps its order. */
function byNumber(left: UnknownField, right: UnknownField): number {
  return left.number - right.number;
}

/** Those between two known ones, so that all stand in the order of their numbers. */
function writeUnknown(writer: WireWriter, unknown: readonly UnknownField[], after: number, before: number): void {
  for (const { number, bytes } of unknown) if (number > after && number < before) writer.raw(bytes);
}

function encodeField(writer: WireWriter, { number, content }: Field, value: unknown, depthLeft: number): void {
  switch (content.holds) {
    case 'scalar':
      return writeScalar(writer, number, content.scalar, value);
    case 'scalars':
      for (const item of value as readonly unknown[]) writeScalar(writer, number, content.scalar, item);
      return;
    case 'numbers':
      return writeNumbers(writer, number, content, value as NumberArray);
    case 'message':
      return writeMessage(writer, number, content.schema(), value as object, depthLeft);
    case 'messages':
      for (const item of value as readonly object[]) writeMessage(writer, number, content.schema(), item, depthLeft);
  }
}

type Numbers = Extract<Content, { holds: 'numbers' }>;

function writeScalar(writer: WireWriter, number: number, scalar: Numbers['scalar'], value: unknown): void {
  writer.tag(number, scalar.wireType);
  scalar.write(writer, value);
}

function writeNumbers(writer: WireWriter, number: number, { scalar, packed }: Numbers, values: NumberArray): void {
  if (!packed) {
    for (const value of values) writeScalar(writer, number, scalar, value);
    return;
  }
  if (values.length === 0) return;
  const run = new WireWriter();
  for (const value of values) scalar.write(run, value);
  writer.tag(number, WIRE_TYPE.lengthDelimited);
  // Joined, so that a long list does not stay behind as thousands of pieces.
  writer.bytes(run.finish());
}

function writeMessage(
  writer: WireWriter,
  number: number,
  schema: MessageSchema,
  message: object,
  depthLeft: number,
): void {
  const inside = encodeMessage(message, schema, depthLeft - 1);
  writer.tag(number, WIRE_TYPE.lengthDelimited);
  writer.nested(inside);
}
