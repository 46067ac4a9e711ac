import { ATTRIBUTE_TYPE, type OnnxAttribute, type OnnxGraph, type OnnxTensor } from '../codec/messages.ts';
import { encodeUtf8 } from '../codec/utf8.ts';

/** The value of an attribute without its name. JavaScript has one kind of number, ONNX has two: say which is meant. */
export type AttributeValue = Omit<OnnxAttribute, 'name' | 'strings' | 'tensors' | 'graphs'> & {
  readonly strings?: readonly Uint8Array[];
};

export type Attributes = Readonly<Record<string, AttributeValue>>;

export function intAttribute(value: number | bigint): AttributeValue {
  return { type: ATTRIBUTE_TYPE.INT, i: BigInt(value) };
}

export function floatAttribute(value: number): AttributeValue {
  return { type: ATTRIBUTE_TYPE.FLOAT, f: value };
}

export function textAttribute(value: string): AttributeValue {
  return { type: ATTRIBUTE_TYPE.STRING, s: encodeUtf8(value) };
}

export function intsAttribute(values: readonly (number | bigint)[]): AttributeValue {
  return { type: ATTRIBUTE_TYPE.INTS, ints: BigInt64Array.from(values, BigInt) };
}

export function floatsAttribute(values: readonly number[]): AttributeValue {
  return { type: ATTRIBUTE_TYPE.FLOATS, floats: Float32Array.from(values) };
}

export function textsAttribute(values: readonly string[]): AttributeValue {
  return { type: ATTRIBUTE_TYPE.STRINGS, strings: values.map(encodeUtf8) };
}

export function tensorAttribute(value: OnnxTensor): AttributeValue {
  return { type: ATTRIBUTE_TYPE.TENSOR, t: value };
}

/** A subgraph, as the bodies of If, Loop and Scan. */
export function graphAttribute(value: OnnxGraph): AttributeValue {
  return { type: ATTRIBUTE_TYPE.GRAPH, g: value };
}

export function attributesOf(values: Attributes): OnnxAttribute[] {
  return Object.entries(values).map(([name, value]) => ({ strings: [], tensors: [], graphs: [], ...value, name }));
}

export function attributeValues(attributes: readonly OnnxAttribute[]): Attributes {
  return Object.fromEntries(attributes.map(({ name, ...value }) => [name, value]));
}
