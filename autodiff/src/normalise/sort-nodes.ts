import type { OnnxGraph, OnnxNode } from '../codec/messages.ts';
import { describeNode } from '../graph/describe-node.ts';
import { OnnxError } from '../onnx-error.ts';

const NAMED_MAX = 5;

/** The nodes in an order in which they can compute. Throws INVALID_GRAPH, naming nodes, for a graph with a circle. */
export function sortNodes(graph: OnnxGraph): OnnxGraph {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  producers.delete('');
  const waitsFor = new Map(graph.nodes.map((node) => [node, awaitedBy(node, producers)]));
  const users = usersOf(waitsFor);
  const ready = graph.nodes.filter((node) => waitsFor.get(node)?.size === 0);
  // The list grows while it is walked: what a node was the last to wait for makes it ready.
  for (const node of ready) {
    for (const user of users.get(node) ?? []) {
      const awaited = waitsFor.get(user);
      awaited?.delete(node);
      if (awaited?.size === 0) ready.push(user);
    }
  }
  if (ready.length === graph.nodes.length) return { ...graph, nodes: ready };
  throw circle(graph.nodes.filter((node) => waitsFor.get(node)?.size !== 0));
}

function awaitedBy(node: OnnxNode, producers: ReadonlyMap<string, OnnxNode>): Set<OnnxNode> {
  return new Set(node.inputs.flatMap((name) => producers.get(name) ?? []));
}

function usersOf(waitsFor: ReadonlyMap<OnnxNode, ReadonlySet<OnnxNode>>): Map<OnnxNode, OnnxNode[]> {
  const users = new Map<OnnxNode, OnnxNode[]>();
  for (const [user, awaited] of waitsFor) {
    for (const node of awaited) {
      const known = users.get(node);
      if (known === undefined) users.set(node, [user]);
      else known.push(user);
    }
  }
  return users;
}

function circle(nodes: readonly OnnxNode[]): OnnxError {
  const named = nodes.slice(0, NAMED_MAX).map(describeNode).join(', ');
  return new OnnxError('INVALID_GRAPH', `the graph goes in a circle at or before ${named}`);
}
