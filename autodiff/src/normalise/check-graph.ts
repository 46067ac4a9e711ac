import type { OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from '../codec/messages.ts';
import { describeNode } from '../graph/describe-node.ts';
import { RESERVED_PREFIX } from '../graph/reserved-prefix.ts';
import { OnnxError } from '../onnx-error.ts';

/** Refuses, naming the node, what cannot be differentiated whatever the weights are. */
export function checkGraph({ graph }: OnnxModel): void {
  for (const info of [...graph.inputs, ...graph.outputs]) checkType(info);
  for (const node of graph.nodes) checkNode(node);
  checkNodeNames(graph);
  checkValueNames(graph);
}

function checkType({ name, type }: OnnxValueInfo): void {
  if (type === undefined || type.tensorType !== undefined) return;
  throw new OnnxError('UNSUPPORTED', `"${name}" is not a tensor but a sequence, a map or an optional value`);
}

function checkNode(node: OnnxNode): void {
  const { domain = '', opType, attributes } = node;
  if (domain !== '' && domain !== 'ai.onnx') {
    throw new OnnxError('UNSUPPORTED', `${describeNode(node)}: operators of the domain "${domain}" are not known`);
  }
  if (attributes.some(({ g, graphs }) => g !== undefined || graphs.length > 0)) {
    throw new OnnxError('UNSUPPORTED', `${describeNode(node)} has a body of its own`);
  }
  if (opType.startsWith('Sequence') || opType.startsWith('Optional') || SEQUENCE_OPERATORS.has(opType)) {
    throw new OnnxError('UNSUPPORTED', `${describeNode(node)} works on sequences or optional values`);
  }
}

const SEQUENCE_OPERATORS = new Set(['ConcatFromSequence', 'SplitToSequence']);

function checkNodeNames({ nodes }: OnnxGraph): void {
  const seen = new Set<string>();
  for (const { name = '' } of nodes) {
    if (name !== '' && seen.has(name)) throw new OnnxError('INVALID_GRAPH', `two nodes have the name "${name}"`);
    seen.add(name);
  }
}

function checkValueNames({ inputs, initializers, nodes, outputs }: OnnxGraph): void {
  // Files of IR versions before 4 list initializers among the inputs: that is one value, not two.
  const known = new Set(unique(inputs.map(({ name }) => name)));
  for (const name of unique(initializers.map(({ name = '' }) => name))) known.add(name);
  for (const node of nodes) {
    for (const name of node.outputs) if (name !== '') define(known, name, node);
  }
  for (const node of nodes) for (const name of node.inputs) mustExist(known, name, describeNode(node));
  for (const { name } of outputs) mustExist(known, name, 'the list of outputs');
}

function unique(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new OnnxError('INVALID_GRAPH', `two values have the name "${name}"`);
    mustNotBeReserved(name);
    seen.add(name);
  }
  return names;
}

function define(known: Set<string>, name: string, node: OnnxNode): void {
  if (known.has(name)) throw new OnnxError('INVALID_GRAPH', `${describeNode(node)} makes "${name}" a second time`);
  mustNotBeReserved(name);
  known.add(name);
}

function mustNotBeReserved(name: string): void {
  if (!name.startsWith(RESERVED_PREFIX)) return;
  throw new OnnxError(
    'INVALID_GRAPH',
    `"${name}": names that begin with ${RESERVED_PREFIX} are those of training graphs`,
  );
}

function mustExist(known: ReadonlySet<string>, name: string, user: string): void {
  if (name === '' || known.has(name)) return;
  throw new OnnxError('INVALID_GRAPH', `${user} names "${name}", which does not exist`);
}
