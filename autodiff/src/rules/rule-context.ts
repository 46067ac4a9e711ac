import type { OnnxNode } from '../codec/messages.ts';
import { OnnxError } from '../onnx-error.ts';
import { attributeReader, type AttributeReader } from '../graph/attribute-reader.ts';
import { describeNode } from '../graph/describe-node.ts';
import type { Value, ValueTable } from '../shapes/value-table.ts';
import type { Emitter } from './emitter.ts';

/** What a rule knows of the node that it differentiates, and where it writes. */
export class RuleContext {
  readonly node: OnnxNode;
  readonly emit: Emitter;
  readonly attributes: AttributeReader;
  readonly #values: ValueTable;
  readonly #gradients: ReadonlyMap<string, string>;
  readonly #wanted: ReadonlySet<string>;

  constructor(
    node: OnnxNode,
    emit: Emitter,
    values: ValueTable,
    gradients: ReadonlyMap<string, string>,
    wanted: ReadonlySet<string>,
  ) {
    this.node = node;
    this.emit = emit;
    this.attributes = attributeReader(node);
    this.#values = values;
    this.#gradients = gradients;
    this.#wanted = wanted;
  }

  input(index: number): Value {
    return this.#value(this.node.inputs[index]) ?? this.#missing(`input ${index}`);
  }

  /** Undefined for an input that the node leaves out. */
  optionalInput(index: number): Value | undefined {
    return this.#value(this.node.inputs[index]);
  }

  output(index = 0): Value {
    return this.#value(this.node.outputs[index]) ?? this.#missing(`output ${index}`);
  }

  /** The gradient of an output; zeros for one that the loss does not depend on. */
  gradient(index = 0): string {
    return this.optionalGradient(index) ?? this.emit.zeros(this.output(index).dims);
  }

  optionalGradient(index: number): string | undefined {
    return this.#gradients.get(this.node.outputs[index] ?? '');
  }

  /** Whether somebody asks for the gradient of this input. */
  wants(index: number): boolean {
    return this.#wanted.has(this.node.inputs[index] ?? '');
  }

  /** The integers of an input, which must not depend on the data; undefined where the input is left out. */
  integers(index: number): number[] | undefined {
    return this.optionalInput(index) && this.numbers(index);
  }

  /** The numbers of an input, which must not depend on the data. */
  numbers(index: number): number[] {
    const { name, constant } = this.input(index);
    if (constant === undefined) return this.refuse(`input "${name}" depends on the data`);
    return Array.from(constant, Number);
  }

  /** For what the rule cannot differentiate. */
  refuse(reason: string): never {
    throw new OnnxError('NO_GRADIENT', `${describeNode(this.node)}: ${reason}`);
  }

  #value(name = ''): Value | undefined {
    return name === '' ? undefined : this.#values.get(name);
  }

  #missing(what: string): never {
    throw new OnnxError('INVALID_GRAPH', `${describeNode(this.node)} has no ${what}`);
  }
}
