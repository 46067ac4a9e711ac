import type { OnnxGraph } from '../codec/messages.ts';

/** Operators whose result depends on the shape of their input only. */
const READ_SHAPES = new Set(['Shape', 'Size']);

/** Names of the computed values that are the same for all data of one batch size, such as shapes and what follows. */
export function staticNames(graph: OnnxGraph): ReadonlySet<string> {
  const fixed = new Set(graph.initializers.map(({ name = '' }) => name));
  const computed = new Set<string>();
  for (const { opType, inputs, outputs } of graph.nodes) {
    const isFixed = READ_SHAPES.has(opType) || inputs.every((name) => name === '' || fixed.has(name));
    if (!isFixed || isRandom(opType)) continue;
    for (const output of outputs) {
      fixed.add(output);
      computed.add(output);
    }
  }
  return computed;
}

function isRandom(opType: string): boolean {
  return opType.startsWith('Random') || opType === 'Bernoulli' || opType === 'Multinomial';
}
