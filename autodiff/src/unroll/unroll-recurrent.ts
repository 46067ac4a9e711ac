import type { OnnxGraph, OnnxNode } from '../codec/messages.ts';
import { decodeUtf8 } from '../codec/utf8.ts';
import { attributeReader } from '../graph/attribute-reader.ts';
import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import { describeNode } from '../graph/describe-node.ts';
import { OnnxError } from '../onnx-error.ts';
import type { ValueTable } from '../shapes/value-table.ts';
import { type CellKind, cellKinds, type CellState, type CellWeights } from './cells.ts';
import { NodeWriter, rewriterOf } from './node-writer.ts';

/** Each step is some 10 nodes forwards and 30 backwards. */
const STEPS_MAX = 512;

export function isRecurrent(opType: string): boolean {
  return Object.hasOwn(cellKinds, opType);
}

/**
 * Writes LSTM, GRU and RNN as the cells that they are made of, step after step, for the length that their input has at
 * this batch. Their gradients are then those of products and activations.
 */
export function unrollRecurrent(graph: OnnxGraph, values: ValueTable): OnnxGraph {
  if (!graph.nodes.some(({ opType }) => isRecurrent(opType))) return graph;
  const rewriter = rewriterOf(graph, 'u');
  const nodes = graph.nodes.flatMap((node) => {
    const kind = isRecurrent(node.opType) ? cellKinds[node.opType] : undefined;
    if (kind === undefined) return [node];
    const write = new NodeWriter(rewriter);
    unroll(write, node, kind, sizesOf(node, kind, values));
    return write.nodes;
  });
  return { ...graph, nodes, initializers: [...graph.initializers, ...rewriter.added] };
}

interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly gates: number;
}

function sizesOf(node: OnnxNode, kind: CellKind, values: ValueTable): Sizes {
  const { dims } = values.get(node.inputs[0] ?? '');
  const [steps = 0, batch = 0] = isBatchFirst(node) ? [dims[1], dims[0]] : dims;
  refuseVariants(node, steps, values);
  return {
    steps,
    batch,
    inputs: dims[2] ?? 0,
    hidden: values.get(node.inputs[2] ?? '').dims[2] ?? 0,
    gates: kind.gates,
  };
}

function refuseVariants(node: OnnxNode, steps: number, values: ValueTable): void {
  const attributes = attributeReader(node);
  const [, , , , lengths = '', , , peepholes = ''] = node.inputs;
  const isFull = (length: number | bigint) => Number(length) === steps;
  if (steps > STEPS_MAX) throw refusal(node, `${steps} steps; ${STEPS_MAX} can be unrolled`);
  if (attributes.has('clip')) throw refusal(node, 'clip');
  if (attributes.int('input_forget', 0) !== 0) throw refusal(node, 'input_forget');
  if (lengths !== '' && !Array.from(values.get(lengths).constant ?? [0], isFull).every(Boolean)) {
    throw refusal(node, 'sequence_lens other than all steps');
  }
  if (peepholes !== '') throw refusal(node, 'peepholes');
}

/** Those of the operator's activations that are operators of the same name and need no numbers of their own. */
const ACTIVATIONS = new Set(['Relu', 'Sigmoid', 'Softplus', 'Softsign', 'Tanh']);

/** The activations of one direction. */
function activationsOf(node: OnnxNode, { activations: absent }: CellKind, direction: number): readonly string[] {
  const named = node.attributes.find(({ name }) => name === 'activations')?.strings ?? [];
  const own = named
    .slice(direction * absent.length, (direction + 1) * absent.length)
    .map((name) => decodeUtf8(name) ?? '');
  const unknown = own.find((name) => !ACTIVATIONS.has(name));
  if (unknown !== undefined) throw refusal(node, `the activation ${unknown}`);
  return own.length === absent.length ? own : absent;
}

function refusal(node: OnnxNode, what: string): OnnxError {
  return new OnnxError('NO_GRADIENT', `${describeNode(node)}: ${what}`);
}

function isBatchFirst(node: OnnxNode): boolean {
  return attributeReader(node).int('layout', 0) !== 0;
}

function unroll(write: NodeWriter, node: OnnxNode, kind: CellKind, sizes: Sizes): void {
  const { steps, batch, inputs } = sizes;
  const [data = ''] = node.inputs;
  const rows = write.reshape(isBatchFirst(node) ? swapped(write, data, 3) : data, [steps * batch, inputs]);
  const directions = directionsOf(node).map((reverse, index) =>
    walk(write, node, kind, sizes, { rows, reverse, index }),
  );
  writeOutputs(write, node, sizes, directions);
}

/** For each direction, whether it goes backwards. */
function directionsOf(node: OnnxNode): boolean[] {
  const direction = attributeReader(node).text('direction', 'forward');
  return direction === 'bidirectional' ? [false, true] : [direction === 'reverse'];
}

interface Direction {
  readonly rows: string;
  readonly reverse: boolean;
  readonly index: number;
}

interface Walked {
  /** The hidden state after each step, in the order of the data. */
  readonly hidden: readonly string[];
  readonly last: CellState;
}

function walk(write: NodeWriter, node: OnnxNode, kind: CellKind, sizes: Sizes, direction: Direction): Walked {
  const { steps, batch, hidden, gates } = sizes;
  const weights = weightsOf(write, node, sizes, direction.index);
  const input = write.pick(node.inputs[1] ?? '', direction.index);
  const projected = write.product(direction.rows, input, weights.inputBias);
  const parts =
    steps === 1 ? [projected] : write.split(write.reshape(projected, [steps, batch, gates * hidden]), steps, 0);
  const places = direction.reverse ? Array.from(parts.keys()).reverse() : Array.from(parts.keys());
  const cell = kind.cellOf(node);
  const activations = activationsOf(node, kind, direction.index);
  let state = startOf(write, node, sizes, direction.index);
  const found: string[] = [];
  for (const place of places) {
    state = cell(write, write.reshape(parts[place] ?? '', [batch, gates * hidden]), weights, state, activations);
    found[place] = state.hidden;
  }
  return { hidden: found, last: state };
}

function weightsOf(write: NodeWriter, node: OnnxNode, { gates, hidden }: Sizes, index: number): CellWeights {
  const recurrent = write.pick(node.inputs[2] ?? '', index);
  const biases = node.inputs[3] ?? '';
  if (biases === '') {
    const none = write.zeros([gates * hidden]);
    return { recurrent, inputBias: none, recurrentBias: none };
  }
  const [inputBias = '', recurrentBias = ''] = write.split(write.pick(biases, index), 2, 0);
  return { recurrent, inputBias, recurrentBias };
}

function startOf(write: NodeWriter, node: OnnxNode, { batch, hidden }: Sizes, index: number): CellState {
  const given = (name = '') => {
    if (name === '') return write.zeros([batch, hidden]);
    return write.pick(isBatchFirst(node) ? swapped(write, name, 3) : name, index);
  };
  const start = { hidden: given(node.inputs[5]) };
  return node.opType === 'LSTM' ? { ...start, cell: given(node.inputs[6]) } : start;
}

/** Every hidden state as [steps, directions, batch, hidden], then the last ones as [directions, batch, hidden]. */
function writeOutputs(write: NodeWriter, node: OnnxNode, sizes: Sizes, directions: readonly Walked[]): void {
  const { steps, batch, hidden } = sizes;
  const [all = '', lastHidden = '', lastCell = ''] = node.outputs;
  const ordered = Array.from({ length: steps }, (_, step) => directions.map((walked) => walked.hidden[step] ?? ''));
  if (all !== '') {
    const states = joined(write, ordered.flat());
    const whole = write.reshape(states, [steps, directions.length, batch, hidden]);
    finish(write, whole, all, isBatchFirst(node) ? [2, 0, 1, 3] : undefined);
  }
  const lasts = [
    [lastHidden, directions.map(({ last }) => last.hidden)],
    [lastCell, directions.map(({ last }) => last.cell ?? '')],
  ] as const;
  for (const [name, values] of lasts) {
    if (name === '') continue;
    const whole = write.reshape(joined(write, values), [directions.length, batch, hidden]);
    finish(write, whole, name, isBatchFirst(node) ? [1, 0, 2] : undefined);
  }
}

function joined(write: NodeWriter, values: readonly string[]): string {
  return write.op('Concat', values, { axis: intAttribute(0) });
}

function finish(write: NodeWriter, value: string, name: string, permutation: readonly number[] | undefined): void {
  if (permutation === undefined) write.named('Identity', [value], name);
  else write.named('Transpose', [value], name, { perm: intsAttribute(permutation) });
}

/** The first two axes exchanged. */
function swapped(write: NodeWriter, value: string, rank: number): string {
  const rest = Array.from({ length: rank - 2 }, (_, axis) => axis + 2);
  return write.op('Transpose', [value], { perm: intsAttribute([1, 0, ...rest]) });
}
