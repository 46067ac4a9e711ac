import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from '@sedge/autodiff/files';
import { checkGraphFields } from './check-features.ts';
import type { OnnxLimits } from './onnx-limits.ts';
import { refused } from './refused.ts';

/** Nodes and tensors of a graph and of the graphs in its attributes. */
export interface GraphContents {
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
}

/** Throws ONNX_LIMIT_EXCEEDED, and ONNX_OPERATOR_UNKNOWN for values of kinds that cannot be looked into. */
export function contentsOf(graph: OnnxGraph, { nodesMax, tensorsMax }: OnnxLimits): GraphContents {
  const nodes: OnnxNode[] = [];
  const tensors: OnnxTensor[] = [];
  const waiting = [graph];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    checkGraphFields(next);
    append(nodes, next.nodes, nodesMax, 'nodes');
    append(tensors, next.initializers, tensorsMax, 'tensors');
    for (const attribute of next.nodes.flatMap(({ attributes }) => attributes)) {
      append(tensors, tensorsIn(attribute), tensorsMax, 'tensors');
      waiting.push(...graphsIn(attribute));
    }
  }
  return { nodes, tensors };
}

function append<Item>(all: Item[], more: readonly Item[], max: number, what: string): void {
  if (all.length + more.length > max) throw refused('ONNX_LIMIT_EXCEEDED', `it has more than ${max} ${what}`);
  for (const item of more) all.push(item);
}

function tensorsIn({ t, tensors }: OnnxAttribute): readonly OnnxTensor[] {
  return t === undefined ? tensors : [t, ...tensors];
}

function graphsIn({ g, graphs }: OnnxAttribute): readonly OnnxGraph[] {
  return g === undefined ? graphs : [g, ...graphs];
}
