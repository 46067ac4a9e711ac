import { encodeModel } from '../codec/encode.ts';
import type { OnnxGraph } from '../codec/messages.ts';
import { GraphBuilder } from '../graph/graph-builder.ts';
import { modelOf } from '../graph/model-of.ts';
import { RESERVED_PREFIX } from '../graph/reserved-prefix.ts';
import { TARGET_IR_VERSION, TARGET_OPSET } from '../graph/target-opset.ts';

export function trainingGraphBuilder(name: string): GraphBuilder {
  return new GraphBuilder(name, { namePrefix: `${RESERVED_PREFIX}${name}.` });
}

export function trainingModel(graph: OnnxGraph): Uint8Array {
  return encodeModel(modelOf(graph, { opset: TARGET_OPSET, irVersion: TARGET_IR_VERSION }));
}
