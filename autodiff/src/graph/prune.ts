import type { OnnxGraph } from '../codec/messages.ts';

/** The graph with these outputs and only what they need. Nodes must stand in the order in which they compute. */
export function prune(graph: OnnxGraph, outputs: readonly string[]): OnnxGraph {
  const needed = new Set(outputs);
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const name of node.inputs) needed.add(name);
    return true;
  });
  return {
    ...graph,
    nodes: nodes.toReversed(),
    initializers: graph.initializers.filter(({ name = '' }) => needed.has(name)),
    inputs: graph.inputs.filter(({ name }) => needed.has(name)),
    outputs: outputs.map((name) => graph.outputs.find((output) => output.name === name) ?? { name }),
  };
}
