import type { OnnxModel, OnnxNode, OnnxTensor } from '../codec/messages.ts';
import { OnnxError } from '../onnx-error.ts';
import { DATA_TYPE } from '../tensors/data-type.ts';
import { toBfloat16, toFloat16 } from '../tensors/half-float.ts';
import { tensorOf } from '../tensors/tensor-of.ts';
import { float32Values } from '../tensors/tensor-values.ts';
import type { NamedValues } from './flat-vector.ts';
import type { ParameterSpec } from './parameter-spec.ts';

/** The values that the parameters have in a model, as float32. */
export function parametersOfModel(
  model: OnnxModel,
  parameters: readonly ParameterSpec[],
): Map<string, Float32Array<ArrayBuffer>> {
  const tensors = new Map(tensorsOf(model).map((tensor) => [tensor.name ?? '', tensor]));
  return new Map(
    parameters.map(({ name }) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new OnnxError('TENSOR_MISMATCH', `the model has no parameter "${name}"`);
      return [name, float32Values(tensor)];
    }),
  );
}

/** The model with new values for some of its weights, in the types that they had; nothing else changes. */
export function withParameters(model: OnnxModel, values: NamedValues): OnnxModel {
  const { graph } = model;
  const present = new Set(tensorsOf(model).map(({ name }) => name));
  for (const name of values.keys()) {
    if (!present.has(name)) throw new OnnxError('TENSOR_MISMATCH', `the model has no parameter "${name}"`);
  }
  const initializers = graph.initializers.map((tensor) => replaced(tensor, values.get(tensor.name ?? '')));
  const nodes = graph.nodes.map((node) => withNewConstant(node, values));
  return { ...model, graph: { ...graph, initializers, nodes } };
}

/** Initializers, and the tensors of Constant nodes by the names of their outputs. */
function tensorsOf({ graph }: OnnxModel): OnnxTensor[] {
  const constants = graph.nodes.filter(({ opType }) => opType === 'Constant');
  const named = constants.flatMap(({ attributes, outputs: [name = ''] }) =>
    attributes.flatMap(({ t }) => (t === undefined ? [] : [{ ...t, name }])),
  );
  return [...graph.initializers, ...named];
}

function withNewConstant(node: OnnxNode, values: NamedValues): OnnxNode {
  const found = node.opType === 'Constant' ? values.get(node.outputs[0] ?? '') : undefined;
  if (found === undefined) return node;
  const attributes = node.attributes.map((one) => (one.t === undefined ? one : { ...one, t: replaced(one.t, found) }));
  return { ...node, attributes };
}

function replaced(tensor: OnnxTensor, values: Float32Array | undefined): OnnxTensor {
  if (values === undefined) return tensor;
  const { name = '', dims, dataType } = tensor;
  const { rawData, dataType: type } = asType(name, dims, dataType, values);
  const { floatData: _f, int32Data: _i, doubleData: _d, ...rest } = tensor;
  return { ...rest, dataType: type, ...(rawData !== undefined && { rawData }) };
}

function asType(name: string, dims: readonly number[], dataType: number, values: Float32Array): OnnxTensor {
  if (dataType === DATA_TYPE.DOUBLE) return tensorOf(name, dims, Float64Array.from(values));
  if (dataType === DATA_TYPE.FLOAT16) return tensorOf(name, dims, Uint16Array.from(values, toFloat16), 'FLOAT16');
  if (dataType === DATA_TYPE.BFLOAT16) return tensorOf(name, dims, Uint16Array.from(values, toBfloat16), 'BFLOAT16');
  return tensorOf(name, dims, values);
}
