import type { OnnxGraph, OnnxNode } from '../codec/messages.ts';

/**
 * Turns w + Gemm(a, b) into Gemm(a, b, w) where the sum is the new value of a weight and the product is used nowhere
 * else: update and gradient are then one node, which saves a pass over a matrix.
 */
export function fuseUpdates(graph: OnnxGraph, updated: ReadonlySet<string>): OnnxGraph {
  const uses = useCounts(graph);
  const products = new Map(graph.nodes.flatMap((node) => productOf(node, uses)));
  const sums = graph.nodes.filter(({ opType, outputs }) => opType === 'Add' && updated.has(outputs[0] ?? ''));
  const fused = new Map(sums.flatMap((node) => fusedPair(node, products)));
  const swallowed = new Set(Array.from(fused.values(), ({ product }) => product));
  const nodes = graph.nodes.filter((node) => !swallowed.has(node)).map((node) => fused.get(node)?.whole ?? node);
  return { ...graph, nodes };
}

function useCounts({ nodes, outputs }: OnnxGraph): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map((output) => output.name)]) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** A product without a third input whose result has one user. */
function productOf(node: OnnxNode, uses: ReadonlyMap<string, number>): [string, OnnxNode][] {
  const [name = ''] = node.outputs;
  return node.opType === 'Gemm' && node.inputs.length === 2 && uses.get(name) === 1 ? [[name, node]] : [];
}

/** The sum comes after its product, so that everything that the whole takes is there. */
function fusedPair(
  node: OnnxNode,
  products: ReadonlyMap<string, OnnxNode>,
): [OnnxNode, { product: OnnxNode; whole: OnnxNode }][] {
  const [left = '', right = ''] = node.inputs;
  const product = products.get(right);
  if (product === undefined) return [];
  const inputs = [...product.inputs, left];
  return [[node, { product, whole: { ...product, inputs, outputs: node.outputs } }]];
}
