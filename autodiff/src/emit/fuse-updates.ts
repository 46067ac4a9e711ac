import type { OnnxGraph } from '../codec/messages.ts';

/** Hook for the pass that follows. */
export function fuseUpdates(graph: OnnxGraph): OnnxGraph {
  return graph;
}
