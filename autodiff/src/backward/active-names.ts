import type { OnnxNode } from '../codec/messages.ts';
import type { ValueTable } from '../shapes/value-table.ts';
import { isFlat } from '../rules/flat-operators.ts';

/**
 * The wanted values and the float values that depend on them: only these have gradients worth computing. Without a
 * table of values all are taken for float.
 */
export function activeNames(
  nodes: readonly OnnxNode[],
  wanted: Iterable<string>,
  values?: ValueTable,
): ReadonlySet<string> {
  const active = new Set(wanted);
  for (const { opType, inputs, outputs } of nodes) {
    if (isFlat(opType) || !inputs.some((name) => active.has(name))) continue;
    for (const name of outputs) if (name !== '' && isFloat(name, values)) active.add(name);
  }
  return active;
}

function isFloat(name: string, values: ValueTable | undefined): boolean {
  const value = values?.find(name);
  return value === undefined || value.type === 'FLOAT';
}
