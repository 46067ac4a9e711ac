import type { OnnxGraph, OnnxNode } from '../codec/messages.ts';

/** Operators after which the values of an example are the same ones in another shape. */
const KEEP_VALUES = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity']);

/**
 * The value before a final activation that the loss computes itself, which is exact where the activation saturates; the
 * output itself where the model ends without one.
 */
export function cutActivation(graph: OnnxGraph, output: string, activations: readonly string[]): string {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  let producer = producers.get(output);
  while (producer !== undefined && KEEP_VALUES.has(producer.opType)) producer = producers.get(firstInput(producer));
  return producer !== undefined && activations.includes(producer.opType) ? firstInput(producer) : output;
}

function firstInput({ inputs }: OnnxNode): string {
  return inputs[0] ?? '';
}
