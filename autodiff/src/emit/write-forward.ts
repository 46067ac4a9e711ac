import type { OnnxGraph } from '../codec/messages.ts';
import type { GraphBuilder } from '../graph/graph-builder.ts';
import type { ParameterSpec } from '../params/parameter-spec.ts';

/** The nodes of a model, and those of its constants that are not trained. */
export function writeForward(graph: GraphBuilder, forward: OnnxGraph, parameters: readonly ParameterSpec[]): void {
  const trained = new Set(parameters.map(({ name }) => name));
  for (const tensor of forward.initializers) if (!trained.has(tensor.name ?? '')) graph.constant(tensor);
  for (const node of forward.nodes) graph.copy(node);
}
