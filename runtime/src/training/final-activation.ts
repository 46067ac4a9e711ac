import type { LossName, OnnxGraph } from '@sedge/autodiff';
import { SedgeError } from '@sedge/protocol/core';

/** Operators after which the values of an example are the same ones in another shape or type. */
const KEEP_VALUES: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity', 'Cast']);

const LOSSES: ReadonlyMap<string, LossName> = new Map([
  ['Softmax', 'softmax-cross-entropy'],
  ['LogSoftmax', 'softmax-cross-entropy'],
  ['Sigmoid', 'sigmoid-cross-entropy'],
]);

/** The loss that belongs to what the first output of a model ends in; undefined where that tells nothing. */
export function lossOfActivation({ nodes, outputs: [output] }: OnnxGraph): LossName | undefined {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  let producer = producers.get(output?.name ?? '');
  // A graph that goes in a circle ends the search as well: no node is passed twice.
  const passed = new Set<unknown>();
  while (producer !== undefined && KEEP_VALUES.has(producer.opType) && !passed.has(producer)) {
    passed.add(producer);
    producer = producers.get(producer.inputs[0] ?? '');
  }
  return LOSSES.get(producer?.opType ?? '');
}

/** The loss that was asked for, or the one that belongs to the model. Throws PLAN_INVALID if none does. */
export function chosenLoss(graph: OnnxGraph, asked: LossName | 'auto' = 'auto'): LossName {
  const found = asked === 'auto' ? lossOfActivation(graph) : asked;
  if (found !== undefined) return found;
  const detail = 'the model ends in neither Softmax nor Sigmoid: say which loss it is trained with';
  throw new SedgeError('PLAN_INVALID', detail, { expose: true });
}
