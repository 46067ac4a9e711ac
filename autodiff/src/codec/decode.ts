import { OnnxError } from '../onnx-error.ts';
import { defaultDecodeLimits, type DecodeLimits } from './decode-limits.ts';
import type { OnnxModel, OnnxTensor, UnknownField } from './messages.ts';
import { NumberList } from './number-list.ts';
import { type Content, type Field, type MessageSchema, modelSchema, tensorSchema } from './schema.ts';
import { WireReader } from './wire-reader.ts';
import { WIRE_TYPE, type WireType } from './wire-type.ts';

/**
 * Reads a model file. Bytes inside (`rawData` and the like) are views of `bytes`, not copies.
 * Throws an OnnxError for anything that is not an ONNX model in one file.
 */
export function decodeModel(bytes: Uint8Array, limits: Partial<DecodeLimits> = {}): OnnxModel {
  return decode(bytes, modelSchema, limits) as OnnxModel;
}

/** Reads a TensorProto on its own, as in the test data that is published with models. */
export function decodeTensor(bytes: Uint8Array, limits: Partial<DecodeLimits> = {}): OnnxTensor {
  return decode(bytes, tensorSchema, limits) as OnnxTensor;
}

interface Budget {
  fieldsLeft: number;
  depthLeft: number;
}

function decode(bytes: Uint8Array, schema: MessageSchema, limits: Partial<DecodeLimits>): unknown {
  const { bytesMax, fieldsMax, depthMax } = { ...defaultDecodeLimits, ...limits };
  if (bytes.length > bytesMax) {
    throw new OnnxError('TOO_LARGE', `the file has ${bytes.length} bytes, ${bytesMax} are allowed`);
  }
  return decodeMessage(new WireReader(bytes), schema, { fieldsLeft: fieldsMax, depthLeft: depthMax });
}

type Draft = Record<string, unknown>;

function decodeMessage(reader: WireReader, schema: MessageSchema, budget: Budget): Draft {
  if (budget.depthLeft === 0) throw new OnnxError('TOO_DEEP', `messages nest too deep at byte ${reader.offset}`);
  budget.depthLeft -= 1;
  const draft = emptyDraft(schema);
  while (!reader.atEnd) decodeField(reader, schema, draft, budget);
  budget.depthLeft += 1;
  return finishDraft(reader, schema, draft);
}

/** Repeated messages and texts are there even when none came, so that readers need no special case. */
function emptyDraft(schema: MessageSchema): Draft {
  const draft: Draft = {};
  for (const { key, content } of schema.fields) {
    if (content.holds === 'messages' || content.holds === 'scalars') draft[key] = [];
  }
  return draft;
}

function decodeField(reader: WireReader, schema: MessageSchema, draft: Draft, budget: Budget): void {
  const start = reader.offset;
  const { number, wireType } = reader.tag();
  const field = schema.byNumber.get(number);
  if (field === undefined) return keepUnknown(reader, draft, { start, number, wireType }, budget);
  if (!takes(field.content, wireType)) {
    throw reader.malformed(`${schema.name}.${field.key} (field ${number}) has wire type ${wireType}`);
  }
  readContent(reader, { schema, field, wireType }, draft, budget);
}

function takes(content: Content, wireType: WireType): boolean {
  const isLength = wireType === WIRE_TYPE.lengthDelimited;
  if ('schema' in content) return isLength;
  if (wireType === content.scalar.wireType) return true;
  return content.holds !== 'scalar' && isLength;
}

interface Found {
  readonly schema: MessageSchema;
  readonly field: Field;
  readonly wireType: WireType;
}

function readContent(reader: WireReader, { schema, field, wireType }: Found, draft: Draft, budget: Budget): void {
  const { key, content } = field;
  switch (content.holds) {
    case 'scalar':
      spend(reader, budget);
      draft[key] = content.scalar.read(reader);
      return;
    case 'scalars':
      return forEachValue(reader, content, wireType, (values) => {
        spend(values, budget);
        (draft[key] as unknown[]).push(content.scalar.read(values));
      });
    case 'numbers':
      return readNumbers(reader, content, wireType, (draft[key] as NumberList | undefined) ?? listIn(draft, field));
    case 'message':
      // Protobuf would merge the two; whatever reads the file next might not, so neither is taken.
      if (draft[key] !== undefined) throw reader.malformed(`${schema.name}.${key} is there twice`);
      spend(reader, budget);
      draft[key] = decodeMessage(reader.window(), content.schema(), budget);
      return;
    case 'messages':
      spend(reader, budget);
      (draft[key] as unknown[]).push(decodeMessage(reader.window(), content.schema(), budget));
  }
}

type Numbers = Extract<Content, { holds: 'numbers' }>;
type Listed = Extract<Content, { holds: 'scalar' | 'scalars' }> | Numbers;

function listIn(draft: Draft, { key, content }: Field): NumberList {
  const list = new NumberList((content as Numbers).array);
  draft[key] = list;
  return list;
}

function readNumbers(reader: WireReader, content: Numbers, wireType: WireType, list: NumberList): void {
  forEachValue(
    reader,
    content,
    wireType,
    (values) => list.push(content.scalar.read(values)),
    (run) => list.reserve(valuesIn(run, content.scalar.wireType)),
  );
}

function valuesIn(run: WireReader, wireType: WireType): number {
  if (wireType === WIRE_TYPE.varint) return run.varintsLeft();
  return Math.floor(run.bytesLeft / (wireType === WIRE_TYPE.fixed32 ? 4 : 8));
}

/** One value, or the run of a packed field. */
function forEachValue(
  reader: WireReader,
  content: Listed,
  wireType: WireType,
  take: (values: WireReader) => void,
  announce: (run: WireReader) => void = () => {},
): void {
  if (wireType === content.scalar.wireType) return take(reader);
  const run = reader.window();
  announce(run);
  while (!run.atEnd) take(run);
}

interface UnknownAt {
  readonly start: number;
  readonly number: number;
  readonly wireType: WireType;
}

function keepUnknown(reader: WireReader, draft: Draft, { start, number, wireType }: UnknownAt, budget: Budget): void {
  spend(reader, budget);
  reader.skip(wireType);
  const fields = (draft['unknownFields'] ??= []) as UnknownField[];
  fields.push({ number, bytes: reader.since(start) });
}

function spend(reader: WireReader, budget: Budget): void {
  budget.fieldsLeft -= 1;
  if (budget.fieldsLeft < 0) throw new OnnxError('TOO_LARGE', `more fields than allowed, at byte ${reader.offset}`);
}

function finishDraft(reader: WireReader, schema: MessageSchema, draft: Draft): Draft {
  for (const { key, required, content } of schema.fields) {
    if (content.holds === 'numbers' && draft[key] !== undefined) draft[key] = (draft[key] as NumberList).finish();
    if (required && draft[key] === undefined) throw reader.malformed(`${schema.name} has no ${key}`);
  }
  schema.check?.(draft as never);
  return draft;
}
