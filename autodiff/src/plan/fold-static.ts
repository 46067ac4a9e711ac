import type { OnnxGraph } from '../codec/messages.ts';
import type { ValueTable } from '../shapes/value-table.ts';
import { tensorOf } from '../tensors/tensor-of.ts';

/**
 * Replaces nodes that compute sizes, indices and conditions from shapes by what they gave: at one batch size these
 * never change. Floats are left, as they may come from trainable weights.
 */
export function foldStatic(graph: OnnxGraph, values: ValueTable): OnnxGraph {
  const folded = new Set(
    graph.nodes
      .flatMap(({ outputs }) => outputs)
      .filter((name) => values.find(name)?.constant !== undefined && values.get(name).type !== 'FLOAT'),
  );
  const initializers = Array.from(folded, (name) => {
    const { dims, type, constant } = values.get(name);
    return tensorOf(name, dims, constant ?? new Uint8Array(), type);
  });
  const nodes = graph.nodes.filter(({ outputs }) => !outputs.every((name) => name === '' || folded.has(name)));
  return { ...graph, nodes, initializers: [...graph.initializers, ...initializers] };
}
