import type { OnnxModel, OnnxNode } from '../codec/messages.ts';
import { TARGET_IR_VERSION, TARGET_OPSET } from '../graph/target-opset.ts';
import { OnnxError } from '../onnx-error.ts';
import { NodeRewriter } from './node-rewriter.ts';
import { upgrades } from './upgrades.ts';

/** Before 7, broadcasting was an attribute of each operator. */
const OPSET_MIN = 7;
/** 22 to 24 add operators and types to 21 and change none that could have a gradient. */
const OPSET_MAX = 24;

/** The model with every operator as TARGET_OPSET writes it. Throws UNSUPPORTED for versions that are not known. */
export function upgradeOpset(model: OnnxModel): OnnxModel {
  const version = standardOpset(model);
  if (version < OPSET_MIN || version > OPSET_MAX) {
    throw new OnnxError('UNSUPPORTED', `operator set ${version}; ${OPSET_MIN} to ${OPSET_MAX} are known`);
  }
  const rewriter = new NodeRewriter(model.graph);
  const nodes = model.graph.nodes.flatMap((node) => upgradeNode(node, version, rewriter));
  const initializers = [...model.graph.initializers, ...rewriter.added];
  return {
    ...model,
    irVersion: TARGET_IR_VERSION,
    opsetImports: [{ domain: '', version: TARGET_OPSET }],
    graph: { ...model.graph, nodes, initializers },
  };
}

function standardOpset({ opsetImports }: OnnxModel): number {
  const standard = opsetImports.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx');
  if (standard === undefined)
    throw new OnnxError('UNSUPPORTED', 'the model names no version of the standard operators');
  return standard.version;
}

function upgradeNode(node: OnnxNode, version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  const change = Object.hasOwn(upgrades, node.opType) ? upgrades[node.opType] : undefined;
  return change === undefined ? [node] : change(node, version, rewriter);
}
