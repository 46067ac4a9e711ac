import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValueInfo } from '../codec/messages.ts';
import { DATA_TYPE } from '../tensors/data-type.ts';
import { tensorOf } from '../tensors/tensor-of.ts';
import { float32Values } from '../tensors/tensor-values.ts';

/** Half precision is too coarse for small updates, and engines lack convolutions in double precision. */
const OTHER_FLOATS: ReadonlySet<number> = new Set([DATA_TYPE.FLOAT16, DATA_TYPE.BFLOAT16, DATA_TYPE.DOUBLE]);

/** All floating point as float32: tensors, casts, inputs and outputs. */
export function toFloat32(graph: OnnxGraph): OnnxGraph {
  return {
    ...graph,
    nodes: graph.nodes.map(nodeToFloat32),
    initializers: graph.initializers.map(tensorToFloat32),
    inputs: graph.inputs.map(infoToFloat32),
    outputs: graph.outputs.map(infoToFloat32),
    valueInfos: graph.valueInfos.map(infoToFloat32),
  };
}

function tensorToFloat32(tensor: OnnxTensor): OnnxTensor {
  if (!OTHER_FLOATS.has(tensor.dataType)) return tensor;
  return tensorOf(tensor.name ?? '', tensor.dims, float32Values(tensor));
}

/** Attributes that name a type: Cast has `to`, random operators and EyeLike have `dtype`. */
const TYPE_ATTRIBUTES = new Set(['to', 'dtype']);

function nodeToFloat32(node: OnnxNode): OnnxNode {
  return { ...node, attributes: node.attributes.map(attributeToFloat32) };
}

function attributeToFloat32(attribute: OnnxAttribute): OnnxAttribute {
  const { name, t, i } = attribute;
  if (t !== undefined) return { ...attribute, t: tensorToFloat32(t) };
  const namesFloat = TYPE_ATTRIBUTES.has(name) && i !== undefined && OTHER_FLOATS.has(Number(i));
  return namesFloat ? { ...attribute, i: BigInt(DATA_TYPE.FLOAT) } : attribute;
}

function infoToFloat32(info: OnnxValueInfo): OnnxValueInfo {
  const tensorType = info.type?.tensorType;
  if (tensorType?.elemType === undefined || !OTHER_FLOATS.has(tensorType.elemType)) return info;
  return { ...info, type: { ...info.type, tensorType: { ...tensorType, elemType: DATA_TYPE.FLOAT } } };
}
