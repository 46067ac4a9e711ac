import type { OnnxGraph, OnnxNode } from '../codec/messages.ts';
import { intAttribute } from '../graph/attributes.ts';
import { describeNode } from '../graph/describe-node.ts';
import { RESERVED_PREFIX } from '../graph/reserved-prefix.ts';
import { OnnxError } from '../onnx-error.ts';
import type { ValueTable } from '../shapes/value-table.ts';
import { DATA_TYPE } from '../tensors/data-type.ts';
import { NodeWriter, rewriterOf } from '../unroll/node-writer.ts';
import type { DataInput } from './batch-feeds.ts';

/** A mask that the graphs take: a byte for each value of a batch, 1 with the probability `keep`, else 0. */
export interface DropoutMask extends DataInput {
  readonly keep: number;
}

export interface MaskedGraph {
  readonly graph: OnnxGraph;
  readonly masks: readonly DropoutMask[];
}

/**
 * Dropout (Srivastava et al. 2014) with masks from outside: engines draw different numbers for the same seed, and what
 * was trained could not be computed again.
 */
export function maskDropouts(graph: OnnxGraph, values: ValueTable): MaskedGraph {
  const rewriter = rewriterOf(graph, 'd');
  const masks: DropoutMask[] = [];
  const nodes = graph.nodes.flatMap((node) => {
    const ratio = node.opType === 'Dropout' ? ratioOf(node, graph, values) : 0;
    if (ratio === 0) return [node];
    const mask = maskOf(node, values, 1 - ratio);
    masks.push(mask);
    const write = new NodeWriter(rewriter);
    const kept = write.op('Cast', [mask.name], { to: intAttribute(DATA_TYPE.FLOAT) });
    const scaled = write.op('Mul', [kept, write.scalar(1 / mask.keep)]);
    write.named('Mul', [node.inputs[0] ?? '', scaled], node.outputs[0] ?? '');
    return write.nodes;
  });
  return { graph: { ...graph, nodes, initializers: [...graph.initializers, ...rewriter.added] }, masks };
}

function ratioOf(node: OnnxNode, graph: OnnxGraph, values: ValueTable): number {
  const [, ratio = ''] = node.inputs;
  const [, mask = ''] = node.outputs;
  if (mask !== '' && graph.nodes.some(({ inputs }) => inputs.includes(mask))) {
    throw new OnnxError('UNSUPPORTED', `${describeNode(node)}: its mask is used elsewhere`);
  }
  return Number(ratio === '' ? 0.5 : (values.get(ratio).constant?.[0] ?? 0.5));
}

function maskOf(node: OnnxNode, values: ValueTable, keep: number): DropoutMask {
  const { name, dims } = values.get(node.outputs[0] ?? '');
  return { name: `${RESERVED_PREFIX}mask:${name}`, type: 'UINT8', dims, keep };
}
