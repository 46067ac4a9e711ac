import type { OnnxNode } from '../codec/messages.ts';
import { attributeReader } from '../graph/attribute-reader.ts';
import type { NodeWriter } from './node-writer.ts';

/** The weights of one direction: [gates·hidden, inputs], [gates·hidden, hidden] and the biases of both. */
export interface CellWeights {
  readonly recurrent: string;
  readonly inputBias: string;
  readonly recurrentBias: string;
}

export interface CellState {
  readonly hidden: string;
  /** Of LSTM only. */
  readonly cell?: string;
}

/**
 * One step: `projected` is the product of the step's input with its weights and bias, for all gates. Activations are
 * operators, in the order in which the node names them.
 */
export type Cell = (
  write: NodeWriter,
  projected: string,
  weights: CellWeights,
  state: CellState,
  activations: readonly string[],
) => CellState;

export interface CellKind {
  readonly gates: number;
  /** The activations that the operator takes when none are named. */
  readonly activations: readonly string[];
  readonly cellOf: (node: OnnxNode) => Cell;
}

/** Equations of onnx/docs/Operators.md, with the gates in the order that it gives. */
export const cellKinds: Readonly<Record<string, CellKind>> = {
  LSTM: { gates: 4, activations: ['Sigmoid', 'Tanh', 'Tanh'], cellOf: () => lstm },
  GRU: { gates: 3, activations: ['Sigmoid', 'Tanh'], cellOf: gruOf },
  RNN: { gates: 1, activations: ['Tanh'], cellOf: () => rnn },
};

/** Gates i, o, f, c. */
const lstm: Cell = (write, projected, { recurrent, recurrentBias }, { hidden, cell = '' }, activations) => {
  const [gate = '', ofCandidate = '', ofCell = ''] = activations;
  const sums = write.op('Add', [projected, write.product(hidden, recurrent, recurrentBias)]);
  const [input = '', output = '', forget = '', candidate = ''] = write.split(sums, 4, 1);
  const kept = write.op('Mul', [write.op(gate, [forget]), cell]);
  const taken = write.op('Mul', [write.op(gate, [input]), write.op(ofCandidate, [candidate])]);
  const next = write.op('Add', [kept, taken]);
  return { hidden: write.op('Mul', [write.op(gate, [output]), write.op(ofCell, [next])]), cell: next };
};

const rnn: Cell = (write, projected, { recurrent, recurrentBias }, { hidden }, [activation = '']) => ({
  hidden: write.op(activation, [write.op('Add', [projected, write.product(hidden, recurrent, recurrentBias)])]),
});

function gruOf(node: OnnxNode): Cell {
  return attributeReader(node).int('linear_before_reset', 0) === 0 ? gru : gruLinearBeforeReset;
}

/** Gates z, r, h; the reset gate is applied to the state before its product. */
const gru: Cell = (write, projected, { recurrent, recurrentBias }, { hidden }, activations) => {
  const [ofGate = '', ofNext = ''] = activations;
  const [update, reset, candidate] = write.split(projected, 3, 1);
  const [ofUpdate = '', ofReset = '', ofCandidate = ''] = write.split(recurrent, 3, 0);
  const [biasUpdate = '', biasReset = '', biasCandidate = ''] = write.split(recurrentBias, 3, 0);
  const gate = (value = '', weight: string, bias: string, state: string) =>
    write.op('Add', [value, write.product(state, weight, bias)]);
  const z = write.op(ofGate, [gate(update, ofUpdate, biasUpdate, hidden)]);
  const r = write.op(ofGate, [gate(reset, ofReset, biasReset, hidden)]);
  const next = write.op(ofNext, [gate(candidate, ofCandidate, biasCandidate, write.op('Mul', [r, hidden]))]);
  return { hidden: mixed(write, z, hidden, next) };
};

/** The same with the reset gate applied to the product, as cuDNN and PyTorch have it. */
const gruLinearBeforeReset: Cell = (write, projected, { recurrent, recurrentBias }, { hidden }, activations) => {
  const [ofGate = '', ofNext = ''] = activations;
  const [update = '', reset = '', candidate = ''] = write.split(projected, 3, 1);
  const product = write.product(hidden, recurrent, recurrentBias);
  const [ofUpdate = '', ofReset = '', ofCandidate = ''] = write.split(product, 3, 1);
  const z = write.op(ofGate, [write.op('Add', [update, ofUpdate])]);
  const r = write.op(ofGate, [write.op('Add', [reset, ofReset])]);
  const next = write.op(ofNext, [write.op('Add', [candidate, write.op('Mul', [r, ofCandidate])])]);
  return { hidden: mixed(write, z, hidden, next) };
};

/** z·old + (1 − z)·new. */
function mixed(write: NodeWriter, z: string, old: string, next: string): string {
  return write.op('Add', [next, write.op('Mul', [z, write.op('Sub', [old, next])])]);
}
