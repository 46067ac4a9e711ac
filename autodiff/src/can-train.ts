import { decodeModel } from './codec/decode.ts';
import { describeNode } from './graph/describe-node.ts';
import type { LossName } from './loss/loss.ts';
import { OnnxError, type OnnxErrorCode } from './onnx-error.ts';
import { type ParameterSpec, parameterSpecs } from './params/parameter-spec.ts';
import { nodesWithoutRule } from './plan/check-rules.ts';
import type { TrainableChoice } from './plan/choose-parameters.ts';
import { forwardModel } from './plan/forward-model.ts';
import { ruleTable } from './rules/rule-table.ts';

export interface Obstacle {
  readonly code: OnnxErrorCode;
  readonly detail: string;
  /** The operator without a rule, and its node. */
  readonly operator?: string;
  readonly node?: string;
}

export type Trainability =
  | { readonly trainable: true; readonly parameters: readonly ParameterSpec[] }
  | { readonly trainable: false; readonly obstacles: readonly Obstacle[] };

export interface TrainabilityChoice {
  readonly loss?: LossName;
  readonly output?: string;
}

/** Whether a model can be trained, without running it; if not, every operator that is in the way, or what else is. */
export function canTrain(
  model: Uint8Array,
  trainable: TrainableChoice = 'all',
  { loss = 'softmax-cross-entropy', output }: TrainabilityChoice = {},
): Trainability {
  try {
    const choice = { loss, trainable, ...(output !== undefined && { output }) };
    const { model: forward, parameters } = forwardModel(decodeModel(model), choice);
    const specs = parameterSpecs(parameters);
    const missing = nodesWithoutRule(
      forward.graph,
      specs.map(({ name }) => name),
      ruleTable,
    );
    if (missing.length === 0) return { trainable: true, parameters: specs };
    return { trainable: false, obstacles: missing.map(obstacleOf) };
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    return { trainable: false, obstacles: [{ code: error.code, detail: error.message }] };
  }
}

function obstacleOf(node: Parameters<typeof describeNode>[0]): Obstacle {
  const detail = `no rule for ${describeNode(node)}`;
  return { code: 'NO_GRADIENT', detail, operator: node.opType, node: node.name ?? node.outputs[0] ?? '' };
}
