import type { OnnxGraph, OnnxNode, OnnxTensor } from '../codec/messages.ts';
import { intAttribute } from '../graph/attributes.ts';
import { describeNode } from '../graph/describe-node.ts';
import { RESERVED_PREFIX } from '../graph/reserved-prefix.ts';
import { withAttributes } from '../normalise/node-rewriter.ts';
import { OnnxError } from '../onnx-error.ts';

/** A running mean or variance, and the value that has it after a step. */
export interface Statistic {
  readonly tensor: OnnxTensor;
  readonly next: string;
}

export interface GraphWithStatistics {
  readonly graph: OnnxGraph;
  readonly statistics: readonly Statistic[];
}

/** Batch normalization by the statistics of each batch, which also move the running ones that inference uses. */
export function trainStatistics(graph: OnnxGraph): GraphWithStatistics {
  const statistics: Statistic[] = [];
  const nodes = graph.nodes.map((node) => {
    if (node.opType !== 'BatchNormalization') return node;
    const [output = ''] = node.outputs;
    const own = [3, 4].map((index) => statisticOf(graph, node, index, statistics));
    statistics.push(...own);
    const outputs = [output, ...own.map(({ next }) => next)];
    return { ...withAttributes(node, { training_mode: intAttribute(1) }), outputs };
  });
  return { graph: { ...graph, nodes }, statistics };
}

function statisticOf(graph: OnnxGraph, node: OnnxNode, index: number, others: readonly Statistic[]): Statistic {
  const name = node.inputs[index] ?? '';
  const tensor = graph.initializers.find((one) => one.name === name);
  if (tensor === undefined || others.some((other) => other.tensor === tensor)) {
    throw new OnnxError('UNSUPPORTED', `${describeNode(node)} has no statistics of its own in "${name}"`);
  }
  return { tensor, next: `${RESERVED_PREFIX}next:${name}` };
}
