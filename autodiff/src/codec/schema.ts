import { OnnxError } from '../onnx-error.ts';
import type {
  OnnxAttribute,
  OnnxDimension,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxOperatorSet,
  OnnxProperty,
  OnnxShape,
  OnnxTensor,
  OnnxTensorType,
  OnnxType,
  OnnxValueInfo,
} from './messages.ts';
import * as scalar from './scalars.ts';
import type { Scalar } from './scalars.ts';

export type NumberArray = Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array;

/** What a field holds. `numbers` become one typed array, `scalars` and `messages` a plain one. */
export type Content =
  | { readonly holds: 'scalar' | 'scalars'; readonly scalar: Scalar<unknown> }
  | {
      readonly holds: 'numbers';
      readonly scalar: Scalar<unknown>;
      readonly array: (length: number) => NumberArray;
      /** Whether it is written as one run; both forms are read, as protobuf asks. */
      readonly packed: boolean;
    }
  | { readonly holds: 'message' | 'messages'; readonly schema: () => MessageSchema };

export interface Field {
  readonly key: string;
  readonly number: number;
  readonly content: Content;
  readonly required: boolean;
}

/** One message of onnx.proto. Fields stand in the order of their numbers, which is the order they are written in. */
export interface MessageSchema {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
  /** Refuses a message that is well formed and still unusable. */
  readonly check?: (message: never) => void;
}

type Row<Message> = readonly [number: number, key: keyof Message & string, content: Content, presence?: 'required'];

function message<Message>(
  name: string,
  rows: readonly Row<Message>[],
  check?: (message: Message) => void,
): MessageSchema {
  const fields = rows.map(([number, key, content, presence]) => ({
    number,
    key,
    content,
    required: presence === 'required',
  }));
  const byNumber = new Map(fields.map((field) => [field.number, field]));
  return check === undefined ? { name, fields, byNumber } : { name, fields, byNumber, check };
}

function one<Value>(type: Scalar<Value>): Content {
  return { holds: 'scalar', scalar: type };
}

function many<Value>(type: Scalar<Value>): Content {
  return { holds: 'scalars', scalar: type };
}

function numbers<Value>(
  type: Scalar<Value>,
  array: (length: number) => NumberArray,
  form: 'packed' | 'single',
): Content {
  return { holds: 'numbers', scalar: type, array, packed: form === 'packed' };
}

function inner(schema: () => MessageSchema): Content {
  return { holds: 'message', schema };
}

function inners(schema: () => MessageSchema): Content {
  return { holds: 'messages', schema };
}

export const modelSchema: MessageSchema = message<OnnxModel>('ModelProto', [
  [1, 'irVersion', one(scalar.integer), 'required'],
  [2, 'producerName', one(scalar.text)],
  [3, 'producerVersion', one(scalar.text)],
  [4, 'domain', one(scalar.text)],
  [5, 'modelVersion', one(scalar.int64)],
  [6, 'docString', one(scalar.text)],
  [7, 'graph', inner(() => graphSchema), 'required'],
  [8, 'opsetImports', inners(() => operatorSetSchema)],
  [14, 'metadataProps', inners(() => propertySchema)],
]);

const operatorSetSchema: MessageSchema = message<OnnxOperatorSet>('OperatorSetIdProto', [
  [1, 'domain', one(scalar.text)],
  [2, 'version', one(scalar.integer), 'required'],
]);

const propertySchema: MessageSchema = message<OnnxProperty>('StringStringEntryProto', [
  [1, 'key', one(scalar.text)],
  [2, 'value', one(scalar.text)],
]);

const graphSchema: MessageSchema = message<OnnxGraph>('GraphProto', [
  [1, 'nodes', inners(() => nodeSchema)],
  [2, 'name', one(scalar.text)],
  [5, 'initializers', inners(() => tensorSchema)],
  [10, 'docString', one(scalar.text)],
  [11, 'inputs', inners(() => valueInfoSchema)],
  [12, 'outputs', inners(() => valueInfoSchema)],
  [13, 'valueInfos', inners(() => valueInfoSchema)],
]);

const nodeSchema: MessageSchema = message<OnnxNode>('NodeProto', [
  [1, 'inputs', many(scalar.text)],
  [2, 'outputs', many(scalar.text)],
  [3, 'name', one(scalar.text)],
  [4, 'opType', one(scalar.text), 'required'],
  [5, 'attributes', inners(() => attributeSchema)],
  [6, 'docString', one(scalar.text)],
  [7, 'domain', one(scalar.text)],
]);

const attributeSchema: MessageSchema = message<OnnxAttribute>('AttributeProto', [
  [1, 'name', one(scalar.text), 'required'],
  [2, 'f', one(scalar.float32)],
  [3, 'i', one(scalar.int64)],
  [4, 's', one(scalar.blob)],
  [5, 't', inner(() => tensorSchema)],
  [6, 'g', inner(() => graphSchema)],
  [7, 'floats', numbers(scalar.float32, (length) => new Float32Array(length), 'single')],
  [8, 'ints', numbers(scalar.int64, (length) => new BigInt64Array(length), 'single')],
  [9, 'strings', many(scalar.blob)],
  [10, 'tensors', inners(() => tensorSchema)],
  [11, 'graphs', inners(() => graphSchema)],
  [13, 'docString', one(scalar.text)],
  [20, 'type', one(scalar.int32)],
  [21, 'refAttrName', one(scalar.text)],
]);

export const tensorSchema: MessageSchema = message<OnnxTensor>(
  'TensorProto',
  [
    [1, 'dims', many(scalar.integer)],
    [2, 'dataType', one(scalar.int32), 'required'],
    [4, 'floatData', numbers(scalar.float32, (length) => new Float32Array(length), 'packed')],
    [5, 'int32Data', numbers(scalar.int32, (length) => new Int32Array(length), 'packed')],
    [6, 'stringData', many(scalar.blob)],
    [7, 'int64Data', numbers(scalar.int64, (length) => new BigInt64Array(length), 'packed')],
    [8, 'name', one(scalar.text)],
    [9, 'rawData', one(scalar.blob)],
    [10, 'doubleData', numbers(scalar.float64, (length) => new Float64Array(length), 'packed')],
    [11, 'uint64Data', numbers(scalar.uint64, (length) => new BigUint64Array(length), 'packed')],
    [12, 'docString', one(scalar.text)],
    [13, 'externalData', inners(() => propertySchema)],
    [14, 'dataLocation', one(scalar.int32)],
  ],
  refuseExternalData,
);

const valueInfoSchema: MessageSchema = message<OnnxValueInfo>('ValueInfoProto', [
  [1, 'name', one(scalar.text), 'required'],
  [2, 'type', inner(() => typeSchema)],
  [3, 'docString', one(scalar.text)],
]);

const typeSchema: MessageSchema = message<OnnxType>('TypeProto', [
  [1, 'tensorType', inner(() => tensorTypeSchema)],
  [6, 'denotation', one(scalar.text)],
]);

const tensorTypeSchema: MessageSchema = message<OnnxTensorType>('TypeProto.Tensor', [
  [1, 'elemType', one(scalar.int32)],
  [2, 'shape', inner(() => shapeSchema)],
]);

const shapeSchema: MessageSchema = message<OnnxShape>('TensorShapeProto', [[1, 'dims', inners(() => dimensionSchema)]]);

const dimensionSchema: MessageSchema = message<OnnxDimension>('TensorShapeProto.Dimension', [
  [1, 'dimValue', one(scalar.integer)],
  [2, 'dimParam', one(scalar.text)],
  [3, 'denotation', one(scalar.text)],
]);

const EXTERNAL_LOCATION = 1;

/** A model must be one file: its digest would not cover the other, and a path in it may point anywhere. */
function refuseExternalData(tensor: OnnxTensor): void {
  if (tensor.dataLocation !== EXTERNAL_LOCATION && tensor.externalData.length === 0) return;
  const location = tensor.externalData.find(({ key }) => key === 'location')?.value ?? 'another file';
  throw new OnnxError(
    'EXTERNAL_DATA',
    `tensor "${tensor.name ?? ''}" keeps its values in "${location}"; save the model with all values in one file`,
  );
}
