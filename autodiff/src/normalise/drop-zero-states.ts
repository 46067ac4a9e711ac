import type { OnnxGraph, OnnxNode } from '../codec/messages.ts';
import { DATA_TYPE } from '../tensors/data-type.ts';
import { float32Values } from '../tensors/tensor-values.ts';
import { NodeRewriter } from './node-rewriter.ts';

/** Inputs with the states that recurrent layers start from. */
const STATES: Readonly<Record<string, readonly number[]>> = { GRU: [5], LSTM: [5, 6], RNN: [5] };

/** Exporters write zeros to start from, at the batch size of the export. Left out they mean the same at any size. */
export function dropZeroStates(graph: OnnxGraph): OnnxGraph {
  const rewriter = new NodeRewriter(graph);
  const nodes = graph.nodes.map((node) => {
    const places = Object.hasOwn(STATES, node.opType) ? (STATES[node.opType] ?? []) : [];
    return places.some((place) => isZero(node, place, rewriter)) ? withoutZeros(node, places, rewriter) : node;
  });
  return { ...graph, nodes };
}

function withoutZeros(node: OnnxNode, places: readonly number[], rewriter: NodeRewriter): OnnxNode {
  const isDropped = (place: number) => places.includes(place) && isZero(node, place, rewriter);
  return { ...node, inputs: node.inputs.map((name, place) => (isDropped(place) ? '' : name)) };
}

function isZero({ inputs }: OnnxNode, place: number, rewriter: NodeRewriter): boolean {
  const tensor = rewriter.initializer(inputs[place] ?? '');
  return tensor?.dataType === DATA_TYPE.FLOAT && float32Values(tensor).every((value) => value === 0);
}
