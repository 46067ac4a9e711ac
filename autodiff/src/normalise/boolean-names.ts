import type { OnnxGraph, OnnxNode } from '../codec/messages.ts';
import { attributeReader } from '../graph/attribute-reader.ts';
import { DATA_TYPE } from '../tensors/data-type.ts';

const MAKE_CONDITIONS = new Set([
  'And',
  'Equal',
  'Greater',
  'GreaterOrEqual',
  'IsInf',
  'IsNaN',
  'Less',
  'LessOrEqual',
  'Not',
  'Or',
  'Xor',
]);

/** Operators whose result is of the type of their first input. */
const MOVE_VALUES = new Set([
  'Concat',
  'Expand',
  'Flatten',
  'Gather',
  'GatherElements',
  'GatherND',
  'Identity',
  'Pad',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Trilu',
  'Unsqueeze',
]);

/** Values that are conditions, as far as the operators that make them tell. Nodes must stand in order. */
export function booleanNames({ inputs, initializers, nodes }: OnnxGraph): ReadonlySet<string> {
  const found = new Set([
    ...inputs.filter(({ type }) => type?.tensorType?.elemType === DATA_TYPE.BOOL).map(({ name }) => name),
    ...initializers.filter(({ dataType }) => dataType === DATA_TYPE.BOOL).map(({ name = '' }) => name),
  ]);
  for (const node of nodes) if (isBoolean(node, found)) for (const name of node.outputs) found.add(name);
  return found;
}

function isBoolean(node: OnnxNode, known: ReadonlySet<string>): boolean {
  const { opType, inputs, attributes } = node;
  if (MAKE_CONDITIONS.has(opType)) return true;
  if (opType === 'Cast') return attributeReader(node).int('to', 0) === DATA_TYPE.BOOL;
  if (opType === 'ConstantOfShape') return attributes.some(({ t }) => t?.dataType === DATA_TYPE.BOOL);
  if (opType === 'Where') return known.has(inputs[1] ?? '');
  return MOVE_VALUES.has(opType) && known.has(inputs[0] ?? '');
}
