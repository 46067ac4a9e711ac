import type { OnnxModel } from '../codec/messages.ts';
import { checkGraph } from './check-graph.ts';
import { constantsToInitializers } from './constants-to-initializers.ts';
import { dropZeroStates } from './drop-zero-states.ts';
import { freeBatch } from './free-batch.ts';
import { sortNodes } from './sort-nodes.ts';
import { stripInitializerInputs } from './strip-initializer-inputs.ts';
import { toFloat32 } from './to-float32.ts';
import { upgradeOpset } from './upgrade-opset.ts';

/**
 * The model in the one form that the rest of this package knows: TARGET_OPSET, float32, initializers for all constants,
 * nodes in order, a free batch. Weights keep their names. Throws UNSUPPORTED or INVALID_GRAPH, naming the node.
 */
export function normalise(model: OnnxModel): OnnxModel {
  checkGraph(model);
  const passes = [stripInitializerInputs, constantsToInitializers, sortNodes, toFloat32, dropZeroStates, freeBatch];
  return upgradeOpset({ ...model, graph: passes.reduce((graph, pass) => pass(graph), model.graph) });
}
