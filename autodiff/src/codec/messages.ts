/**
 * The messages of onnx.proto as they are in memory. Names are the specification's in camel case, plural where they
 * repeat. Optional fields keep whether they were there, so that a file is written again as it was read.
 */

/** A field without a place below: its bytes, tag included, are kept and written again. */
export interface UnknownField {
  readonly number: number;
  readonly bytes: Uint8Array;
}

interface Message {
  readonly unknownFields?: readonly UnknownField[];
}

export interface OnnxModel extends Message {
  readonly irVersion: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly domain?: string;
  readonly modelVersion?: bigint;
  readonly docString?: string;
  readonly graph: OnnxGraph;
  readonly opsetImports: readonly OnnxOperatorSet[];
  readonly metadataProps: readonly OnnxProperty[];
}

/** The version of a set of operators; the domain of the standard ones is empty. */
export interface OnnxOperatorSet extends Message {
  readonly domain?: string;
  readonly version: number;
}

export interface OnnxProperty extends Message {
  readonly key?: string;
  readonly value?: string;
}

export interface OnnxGraph extends Message {
  readonly nodes: readonly OnnxNode[];
  readonly name?: string;
  readonly initializers: readonly OnnxTensor[];
  readonly docString?: string;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly valueInfos: readonly OnnxValueInfo[];
}

export interface OnnxNode extends Message {
  /** Names of values; an empty name stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly opType: string;
  readonly attributes: readonly OnnxAttribute[];
  readonly docString?: string;
  readonly domain?: string;
}

export interface OnnxAttribute extends Message {
  readonly name: string;
  readonly f?: number;
  readonly i?: bigint;
  readonly s?: Uint8Array;
  readonly t?: OnnxTensor;
  readonly g?: OnnxGraph;
  readonly floats?: Float32Array;
  readonly ints?: BigInt64Array;
  readonly strings: readonly Uint8Array[];
  readonly tensors: readonly OnnxTensor[];
  readonly graphs: readonly OnnxGraph[];
  readonly docString?: string;
  /** One of ATTRIBUTE_TYPE; files of IR version 1 leave it out. */
  readonly type?: number;
  readonly refAttrName?: string;
}

/** AttributeProto.AttributeType of onnx.proto. */
export const ATTRIBUTE_TYPE = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
  TENSORS: 9,
  GRAPHS: 10,
} as const;

/** Values lie in `rawData` or in the typed list of the data type: read them with `tensorValues`. */
export interface OnnxTensor extends Message {
  readonly dims: readonly number[];
  /** One of DATA_TYPE. */
  readonly dataType: number;
  readonly floatData?: Float32Array;
  readonly int32Data?: Int32Array;
  readonly stringData: readonly Uint8Array[];
  readonly int64Data?: BigInt64Array;
  readonly name?: string;
  readonly rawData?: Uint8Array;
  readonly doubleData?: Float64Array;
  readonly uint64Data?: BigUint64Array;
  readonly docString?: string;
  readonly externalData: readonly OnnxProperty[];
  readonly dataLocation?: number;
}

export interface OnnxValueInfo extends Message {
  readonly name: string;
  readonly type?: OnnxType;
  readonly docString?: string;
}

/** Types other than tensors (sequences, maps) are kept as unknown fields. */
export interface OnnxType extends Message {
  readonly tensorType?: OnnxTensorType;
  readonly denotation?: string;
}

export interface OnnxTensorType extends Message {
  readonly elemType?: number;
  readonly shape?: OnnxShape;
}

export interface OnnxShape extends Message {
  readonly dims: readonly OnnxDimension[];
}

/** A number, a name for a size that the caller chooses, or neither where nothing is known. */
export interface OnnxDimension extends Message {
  readonly dimValue?: number;
  readonly dimParam?: string;
  readonly denotation?: string;
}
