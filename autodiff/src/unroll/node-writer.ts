import type { OnnxGraph, OnnxNode } from '../codec/messages.ts';
import { type Attributes, intAttribute } from '../graph/attributes.ts';
import { NodeRewriter } from '../normalise/node-rewriter.ts';

/** Writes the nodes that take the place of one node, in the order in which they compute. */
export class NodeWriter {
  readonly nodes: OnnxNode[] = [];
  readonly #rewriter: NodeRewriter;

  constructor(rewriter: NodeRewriter) {
    this.#rewriter = rewriter;
  }

  op(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const node = this.#rewriter.node(opType, inputs, attributes);
    this.nodes.push(node);
    return node.outputs[0] ?? '';
  }

  /** A node whose result has a name already. */
  named(opType: string, inputs: readonly string[], output: string, attributes: Attributes = {}): void {
    this.nodes.push(this.#rewriter.node(opType, inputs, attributes, [output]));
  }

  /** Equal parts along an axis. */
  split(value: string, parts: number, axis: number): string[] {
    const outputs = Array.from({ length: parts }, () => this.#rewriter.freshName());
    const attributes = { axis: intAttribute(axis), num_outputs: intAttribute(parts) };
    this.nodes.push(this.#rewriter.node('Split', [value], attributes, outputs));
    return outputs;
  }

  reshape(value: string, dims: readonly number[]): string {
    return this.op('Reshape', [value, this.integers(dims)]);
  }

  /** One place of the first axis, which the result lacks. */
  pick(value: string, place: number): string {
    return this.op('Gather', [value, this.#rewriter.index(place)], { axis: intAttribute(0) });
  }

  /** a·bᵀ, plus c. */
  product(a: string, b: string, c: string): string {
    return this.op('Gemm', [a, b, c], { transB: intAttribute(1) });
  }

  integers(values: readonly number[]): string {
    return this.#rewriter.integers(values);
  }

  scalar(value: number): string {
    return this.#rewriter.scalar(value);
  }

  zeros(dims: readonly number[]): string {
    return this.op('Expand', [this.scalar(0), this.integers(dims)]);
  }
}

export function rewriterOf(graph: OnnxGraph, stem: string): NodeRewriter {
  return new NodeRewriter(graph, stem);
}
