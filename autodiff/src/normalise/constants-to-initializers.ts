import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from '../codec/messages.ts';
import { describeNode } from '../graph/describe-node.ts';
import { OnnxError } from '../onnx-error.ts';
import { tensorOf } from '../tensors/tensor-of.ts';

/** Weights are often written as Constant nodes: from here on there is one kind of constant. */
export function constantsToInitializers(graph: OnnxGraph): OnnxGraph {
  const constants = graph.nodes.filter(({ opType }) => opType === 'Constant');
  if (constants.length === 0) return graph;
  const nodes = graph.nodes.filter(({ opType }) => opType !== 'Constant');
  return { ...graph, nodes, initializers: [...graph.initializers, ...constants.map(tensorOfConstant)] };
}

function tensorOfConstant(node: OnnxNode): OnnxTensor {
  const name = node.outputs[0] ?? '';
  const [attribute] = node.attributes;
  const tensor = attribute && valueOf(attribute, name);
  if (tensor === undefined) throw new OnnxError('UNSUPPORTED', `${describeNode(node)} has no value of numbers`);
  return tensor;
}

function valueOf(attribute: OnnxAttribute, name: string): OnnxTensor | undefined {
  const { t, f, i, floats, ints } = attribute;
  if (t !== undefined) return { ...t, name };
  if (f !== undefined) return tensorOf(name, [], Float32Array.of(f));
  if (i !== undefined) return tensorOf(name, [], BigInt64Array.of(i));
  if (floats !== undefined) return tensorOf(name, [floats.length], floats);
  return ints && tensorOf(name, [ints.length], ints);
}
