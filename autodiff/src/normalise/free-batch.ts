import type { OnnxGraph, OnnxTensor, OnnxValueInfo } from '../codec/messages.ts';
import { tensorOf } from '../tensors/tensor-of.ts';
import { tensorValues } from '../tensors/tensor-values.ts';
import { DATA_TYPE } from '../tensors/data-type.ts';
import { NodeRewriter } from './node-rewriter.ts';

/**
 * The first dimension of every input becomes free, and so does a Reshape of the data that has the old size written
 * into its shape. Shapes of other values are forgotten: they held for the old size.
 */
export function freeBatch(graph: OnnxGraph): OnnxGraph {
  const fixed = fixedBatch(graph.inputs);
  const inputs = graph.inputs.map(withFreeBatch);
  const outputs = graph.outputs.map(withoutShape);
  const freed = fixed === undefined ? graph : freeReshapes(graph, fixed);
  return { ...freed, inputs, outputs, valueInfos: [] };
}

function fixedBatch(inputs: readonly OnnxValueInfo[]): number | undefined {
  return inputs[0]?.type?.tensorType?.shape?.dims[0]?.dimValue;
}

function withFreeBatch(info: OnnxValueInfo): OnnxValueInfo {
  const tensorType = info.type?.tensorType;
  if (tensorType?.shape === undefined || tensorType.shape.dims.length === 0) return info;
  const dims = [{ dimParam: 'batch' }, ...tensorType.shape.dims.slice(1)];
  return { ...info, type: { ...info.type, tensorType: { ...tensorType, shape: { dims } } } };
}

function withoutShape({ name, type }: OnnxValueInfo): OnnxValueInfo {
  const elemType = type?.tensorType?.elemType;
  return elemType === undefined ? { name } : { name, type: { tensorType: { elemType } } };
}

function freeReshapes(graph: OnnxGraph, batch: number): OnnxGraph {
  const rewriter = new NodeRewriter(graph);
  const dependent = new Set(graph.inputs.map(({ name }) => name));
  const shapes: OnnxTensor[] = [];
  const nodes = graph.nodes.map((node) => {
    if (!node.inputs.some((name) => dependent.has(name))) return node;
    for (const name of node.outputs) dependent.add(name);
    const [data = '', shape = ''] = node.inputs;
    const tensor = node.opType === 'Reshape' && dependent.has(data) ? rewriter.initializer(shape) : undefined;
    const freed = tensor && freeShape(tensor, batch, `${shape}.batch-${shapes.length}`);
    if (freed === undefined) return node;
    shapes.push(freed);
    return { ...node, inputs: [data, freed.name ?? ''] };
  });
  return { ...graph, nodes, initializers: [...graph.initializers, ...shapes] };
}

/** Zero means "as the input has it". */
function freeShape(shape: OnnxTensor, batch: number, name: string): OnnxTensor | undefined {
  if (shape.dataType !== DATA_TYPE.INT64) return undefined;
  const sizes = tensorValues(shape) as BigInt64Array<ArrayBuffer>;
  return sizes[0] === BigInt(batch) ? tensorOf(name, shape.dims, sizes.with(0, 0n)) : undefined;
}
