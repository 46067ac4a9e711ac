import type { OnnxGraph } from '../codec/messages.ts';
import type { GraphBuilder } from '../graph/graph-builder.ts';
import type { ParameterSpec } from '../params/parameter-spec.ts';

/** The nodes of a model, and those of its constants that are not inputs. */
export function writeForward(graph: GraphBuilder, forward: OnnxGraph, inputs: readonly ParameterSpec[]): void {
  const given = new Set(inputs.map(({ name }) => name));
  for (const tensor of forward.initializers) if (!given.has(tensor.name ?? '')) graph.constant(tensor);
  for (const node of forward.nodes) graph.copy(node);
}
