import type { OnnxGraph, OnnxNode, OnnxTensor } from '../codec/messages.ts';
import { type Attributes, attributesOf } from '../graph/attributes.ts';
import { RESERVED_PREFIX } from '../graph/reserved-prefix.ts';
import { tensorOf } from '../tensors/tensor-of.ts';
import { booleanNames } from './boolean-names.ts';

/** Makes the constants and nodes that take the place of a node in another form. */
export class NodeRewriter {
  readonly added: OnnxTensor[] = [];
  readonly #initializers: ReadonlyMap<string, OnnxTensor>;
  readonly #graph: OnnxGraph;
  readonly #stem: string;
  #booleans: ReadonlySet<string> | undefined;
  #names = 0;

  /** Passes that follow each other make up names with stems of their own. */
  constructor(graph: OnnxGraph, stem = 'n') {
    this.#graph = graph;
    this.#stem = stem;
    this.#initializers = new Map(graph.initializers.map((tensor) => [tensor.name ?? '', tensor]));
  }

  initializer(name: string): OnnxTensor | undefined {
    return this.#initializers.get(name);
  }

  /** Whether a value of the graph consists of conditions. */
  isBoolean(name: string): boolean {
    this.#booleans ??= booleanNames(this.#graph);
    return this.#booleans.has(name);
  }

  integers(values: readonly (number | bigint)[]): string {
    return this.#constant([values.length], BigInt64Array.from(values, BigInt));
  }

  floats(values: readonly number[]): string {
    return this.#constant([values.length], Float32Array.from(values));
  }

  scalar(value: number): string {
    return this.#constant([], Float32Array.of(value));
  }

  /** An int64 scalar. */
  index(value: number): string {
    return this.#constant([], BigInt64Array.of(BigInt(value)));
  }

  node(opType: string, inputs: readonly string[], attributes: Attributes = {}, outputs = [this.freshName()]): OnnxNode {
    return { opType, inputs, outputs, attributes: attributesOf(attributes) };
  }

  freshName(): string {
    return `${RESERVED_PREFIX}${this.#stem}${this.#names++}`;
  }

  #constant(dims: readonly number[], values: Parameters<typeof tensorOf>[2]): string {
    const name = this.freshName();
    this.added.push(tensorOf(name, dims, values));
    return name;
  }
}

/** The node without some attributes. */
export function withoutAttributes(node: OnnxNode, names: readonly string[]): OnnxNode {
  return { ...node, attributes: node.attributes.filter(({ name }) => !names.includes(name)) };
}

export function withAttributes(node: OnnxNode, attributes: Attributes): OnnxNode {
  const kept = withoutAttributes(node, Object.keys(attributes));
  return { ...kept, attributes: [...kept.attributes, ...attributesOf(attributes)] };
}
