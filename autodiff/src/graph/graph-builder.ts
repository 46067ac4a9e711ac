import type { OnnxDimension, OnnxGraph, OnnxNode, OnnxTensor, OnnxValueInfo } from '../codec/messages.ts';
import { OnnxError } from '../onnx-error.ts';
import { DATA_TYPE, type DataTypeName } from '../tensors/data-type.ts';
import { tensorOf } from '../tensors/tensor-of.ts';
import { attributesOf, attributeValues, floatAttribute, intAttribute, type Attributes } from './attributes.ts';

/** A size, or a name for a size that the caller of the model chooses. */
export type DimensionSpec = number | string;

export interface NodeOptions {
  readonly attributes?: Attributes;
  /** Names of the outputs; one made-up name when left out. */
  readonly outputs?: readonly string[];
  readonly domain?: string;
}

export interface GraphBuilderOptions {
  /** Made-up names of nodes and values begin with it; choose one that no given name begins with. */
  readonly namePrefix?: string;
}

export interface GemmOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
  readonly beta?: number;
  readonly output?: string;
}

/**
 * Builds a graph in the order in which it computes: every method returns the name of the value it made, and takes
 * names that exist already. Throws INVALID_GRAPH for an unknown name and for a name given twice.
 */
export class GraphBuilder {
  readonly #name: string;
  readonly #namePrefix: string;
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxTensor[] = [];
  readonly #inputs: OnnxValueInfo[] = [];
  readonly #outputs: OnnxValueInfo[] = [];
  readonly #values = new Set<string>();
  #freshNames = 0;

  constructor(name: string, { namePrefix = '' }: GraphBuilderOptions = {}) {
    this.#name = name;
    this.#namePrefix = namePrefix;
  }

  input(name: string, type: DataTypeName, shape: readonly DimensionSpec[]): string {
    this.#define(name);
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** A constant: weights, or a shape that an operator takes as an input. */
  initializer(name: string, dims: readonly number[], values: Parameters<typeof tensorOf>[2]): string {
    return this.constant(tensorOf(name, dims, values));
  }

  /** A tensor that is there already, under its own name. */
  constant(tensor: OnnxTensor): string {
    const name = tensor.name ?? '';
    this.#define(name);
    this.#initializers.push(tensor);
    return name;
  }

  /** A node with one output. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const [output = ''] = this.nodes(opType, inputs, options);
    return output;
  }

  /** A node with as many outputs as are named. An empty input name leaves out an optional input. */
  nodes(opType: string, inputs: readonly string[], { attributes = {}, outputs, domain }: NodeOptions = {}): string[] {
    for (const input of inputs) if (input !== '') this.#mustExist(input, opType);
    const name = `${this.#namePrefix}${opType}_${this.#nodes.length}`;
    const names = [...(outputs ?? [`${name}_out`])];
    for (const output of names) if (output !== '') this.#define(output);
    const node = { inputs: [...inputs], outputs: names, name, opType, attributes: attributesOf(attributes) };
    this.#nodes.push(domain === undefined ? node : { ...node, domain });
    return names;
  }

  /** A node that stands in another graph already, with the names that it has there. */
  copy(node: OnnxNode): void {
    this.nodes(node.opType, node.inputs, { attributes: attributeValues(node.attributes), outputs: node.outputs });
  }

  /** A name that no value has yet. */
  freshName(stem: string): string {
    let name: string;
    do name = `${this.#namePrefix}${stem}.${this.#freshNames++}`;
    while (this.#values.has(name));
    return name;
  }

  /** A value of the graph around this one, which the body of a Loop may use. */
  outer(name: string): string {
    this.#define(name);
    return name;
  }

  names(): Iterable<string> {
    return this.#values;
  }

  /** a·b + bias, a being [batch, in] and b [in, out], or [out, in] with `transB`. */
  gemm(a: string, b: string, bias: string, options: GemmOptions = {}): string {
    const { transA = false, transB = false, alpha = 1, beta = 1, output } = options;
    const attributes = {
      ...(transA && { transA: intAttribute(1) }),
      ...(transB && { transB: intAttribute(1) }),
      ...(alpha !== 1 && { alpha: floatAttribute(alpha) }),
      ...(beta !== 1 && { beta: floatAttribute(beta) }),
    };
    return this.node('Gemm', [a, b, bias], { attributes, ...named(output) });
  }

  relu(value: string, output?: string): string {
    return this.node('Relu', [value], named(output));
  }

  /** Over the last axis. */
  softmax(value: string, output?: string): string {
    return this.node('Softmax', [value], { attributes: { axis: intAttribute(-1) }, ...named(output) });
  }

  /** Declares a value that exists as an output of the graph. */
  output(name: string, type: DataTypeName, shape: readonly DimensionSpec[]): void {
    this.#mustExist(name, 'the list of outputs');
    if (this.#outputs.some((output) => output.name === name)) {
      throw new OnnxError('INVALID_GRAPH', `"${name}" is an output already`);
    }
    this.#outputs.push(valueInfo(name, type, shape));
  }

  build(): OnnxGraph {
    if (this.#outputs.length === 0) throw new OnnxError('INVALID_GRAPH', `graph "${this.#name}" has no output`);
    return {
      nodes: [...this.#nodes],
      name: this.#name,
      initializers: [...this.#initializers],
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      valueInfos: [],
    };
  }

  #define(name: string): void {
    if (name === '') throw new OnnxError('INVALID_GRAPH', 'a value needs a name');
    if (this.#values.has(name)) throw new OnnxError('INVALID_GRAPH', `there is a value "${name}" already`);
    this.#values.add(name);
  }

  #mustExist(name: string, user: string): void {
    if (!this.#values.has(name)) throw new OnnxError('INVALID_GRAPH', `${user} names "${name}", which does not exist`);
  }
}

function named(output: string | undefined): NodeOptions {
  return output === undefined ? {} : { outputs: [output] };
}

export function valueInfo(name: string, type: DataTypeName, shape: readonly DimensionSpec[]): OnnxValueInfo {
  return { name, type: { tensorType: { elemType: DATA_TYPE[type], shape: { dims: shape.map(dimension) } } } };
}

function dimension(spec: DimensionSpec): OnnxDimension {
  return typeof spec === 'number' ? { dimValue: spec } : { dimParam: spec };
}
