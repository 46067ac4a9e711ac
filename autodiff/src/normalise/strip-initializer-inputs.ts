import type { OnnxGraph } from '../codec/messages.ts';

/** Files before IR version 4 list weights among the inputs too, where they are only in the way. */
export function stripInitializerInputs(graph: OnnxGraph): OnnxGraph {
  const initializers = new Set(graph.initializers.map(({ name }) => name));
  return { ...graph, inputs: graph.inputs.filter(({ name }) => !initializers.has(name)) };
}
