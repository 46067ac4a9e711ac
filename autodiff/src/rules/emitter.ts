import type { Attributes } from '../graph/attributes.ts';
import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import type { GraphBuilder } from '../graph/graph-builder.ts';
import { DATA_TYPE, type NumericTypeName } from '../tensors/data-type.ts';
import type { tensorOf } from '../tensors/tensor-of.ts';

/**
 * Writes operators of TARGET_OPSET into a graph: each method adds one node and returns the name of its value. Constants
 * of equal content are written once.
 */
export class Emitter {
  readonly graph: GraphBuilder;
  readonly #constants = new Map<string, string>();

  constructor(graph: GraphBuilder) {
    this.graph = graph;
  }

  op(opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.graph.node(opType, inputs, { attributes });
  }

  /** A node with several outputs, all of which get made-up names. */
  ops(opType: string, inputs: readonly string[], outputCount: number, attributes: Attributes = {}): string[] {
    const outputs = Array.from({ length: outputCount }, () => this.graph.freshName(opType));
    return this.graph.nodes(opType, inputs, { attributes, outputs });
  }

  /** A float32 scalar. */
  scalar(value: number): string {
    return this.tensor([], Float32Array.of(value));
  }

  /** A 1-D tensor of int64, as axes, shapes and sizes are given to operators. */
  integers(values: readonly number[]): string {
    return this.tensor([values.length], BigInt64Array.from(values, BigInt));
  }

  tensor(dims: readonly number[], values: Parameters<typeof tensorOf>[2]): string {
    const key = `${values.constructor.name}[${dims.join()}]${values.join()}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.graph.initializer(this.graph.freshName('constant'), dims, values);
    this.#constants.set(key, name);
    return name;
  }

  add(a: string, b: string): string {
    return this.op('Add', [a, b]);
  }

  sub(a: string, b: string): string {
    return this.op('Sub', [a, b]);
  }

  mul(a: string, b: string): string {
    return this.op('Mul', [a, b]);
  }

  div(a: string, b: string): string {
    return this.op('Div', [a, b]);
  }

  neg(a: string): string {
    return this.op('Neg', [a]);
  }

  /** a·factor for a number that is known now. */
  scale(a: string, factor: number): string {
    return factor === 1 ? a : this.mul(a, this.scalar(factor));
  }

  /** The sum of at least one value of equal shape. */
  total(values: readonly string[]): string {
    const [first = '', second, ...rest] = values;
    if (second === undefined) return first;
    return rest.length === 0 ? this.add(first, second) : this.op('Sum', values);
  }

  matMul(a: string, b: string): string {
    return this.op('MatMul', [a, b]);
  }

  where(condition: string, yes: string, no: string): string {
    return this.op('Where', [condition, yes, no]);
  }

  reshape(a: string, dims: readonly number[]): string {
    // With allowzero a zero is a size like any other and not "as the input has it".
    return this.op('Reshape', [a, this.integers(dims)], dims.includes(0) ? { allowzero: intAttribute(1) } : {});
  }

  transpose(a: string, permutation: readonly number[]): string {
    if (permutation.every((axis, index) => axis === index)) return a;
    return this.op('Transpose', [a], { perm: intsAttribute(permutation) });
  }

  expand(a: string, dims: readonly number[]): string {
    return this.op('Expand', [a, this.integers(dims)]);
  }

  reduceSum(a: string, axes: readonly number[], keepDims: boolean): string {
    return this.reduce('ReduceSum', a, axes, keepDims);
  }

  reduceMean(a: string, axes: readonly number[], keepDims: boolean): string {
    return this.reduce('ReduceMean', a, axes, keepDims);
  }

  /** ReduceSum, ReduceMax and their like; no axes leave the value as it is. */
  reduce(opType: string, a: string, axes: readonly number[], keepDims: boolean): string {
    if (axes.length === 0) return a;
    return this.op(opType, [a, this.integers(axes)], { keepdims: intAttribute(keepDims ? 1 : 0) });
  }

  cast(a: string, type: NumericTypeName): string {
    return this.op('Cast', [a], { to: intAttribute(DATA_TYPE[type]) });
  }

  /** Float32 zeros of a shape. */
  zeros(dims: readonly number[]): string {
    return this.expand(this.scalar(0), dims);
  }
}
