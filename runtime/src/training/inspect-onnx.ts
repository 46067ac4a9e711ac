import {
  canTrain,
  DATA_TYPE,
  decodeModel,
  type Obstacle,
  type OnnxModel,
  parametersOfModel,
  type ParameterSpec as FlatParameter,
} from '@sedge/autodiff';
import { float32Tensor, type ParameterSpec, SedgeError, type Tensor } from '@sedge/protocol/core';
import { weightsIn, withWeights } from '../engines/onnx-weights.ts';
import { checkOnnx } from '../onnx-check/check-onnx.ts';
import { inOurTerms } from './autodiff-refusal.ts';
import { lossOfActivation } from './final-activation.ts';
import type { BlockingReason, ModelInspection, OperatorCount, TrainableReport } from './inspection.ts';

type OnnxInspection = Pick<ModelInspection, 'operators' | 'opset' | 'parameters' | 'trainable'>;

/** What the file itself tells, without an engine. Throws what `checkOnnx` throws. */
export function inspectOnnx(file: Uint8Array): OnnxInspection {
  checkOnnx(file);
  const model = decodeModel(file);
  const opset = model.opsetImports.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx')?.version;
  return {
    operators: operatorsOf(model),
    ...(opset !== undefined && { opset }),
    parameters: floatWeights(model),
    trainable: reportOf(file, model),
  };
}

/**
 * The weights that training changes, those whose names match the patterns, as they are in the file or in the given
 * weights. Throws MODEL_NOT_TRAINABLE, WEIGHTS_REFUSED.
 */
export async function onnxParameters(
  file: Uint8Array,
  weights: readonly Tensor[] = [],
  patterns?: readonly string[],
): Promise<Tensor[]> {
  checkOnnx(file);
  const found = canTrain(file, patterns ?? 'all', lossChoice(decodeModel(file)));
  if (!found.trainable) throw notTrainable(found.obstacles);
  const model = decodeModel(withWeights(file, weights));
  const values = await inOurTerms(() => parametersOfModel(model, found.parameters));
  return found.parameters.map(({ name, dims }) => float32Tensor(name, dims, values.get(name) ?? []));
}

function operatorsOf({ graph }: OnnxModel): OperatorCount[] {
  const counts = new Map<string, number>();
  for (const { opType, domain = '' } of graph.nodes) {
    const operator = domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
    counts.set(operator, (counts.get(operator) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return sorted.map(([operator, count]) => ({ operator, count }));
}

const FLOATING: readonly number[] = [DATA_TYPE.FLOAT, DATA_TYPE.DOUBLE, DATA_TYPE.FLOAT16, DATA_TYPE.BFLOAT16];

function floatWeights(model: OnnxModel): ParameterSpec[] {
  const floating = [...weightsIn(model)].filter(([, { dataType }]) => FLOATING.includes(dataType));
  return floating.map(([name, { dims }]) => ({ name, shape: [...dims] }));
}

function reportOf(file: Uint8Array, model: OnnxModel): TrainableReport {
  const found = canTrain(file, 'all', lossChoice(model));
  if (found.trainable) return { yes: true, parameters: found.parameters.map(specOf) };
  return { yes: false, blocking: found.obstacles.map(blockingOf) };
}

/** A model without a final activation is trained with a loss of its caller's choice: all of them begin at its output. */
function lossChoice({ graph }: OnnxModel) {
  return { loss: lossOfActivation(graph) ?? 'mean-squared' } as const;
}

function specOf({ name, dims }: FlatParameter): ParameterSpec {
  return { name, shape: [...dims] };
}

function blockingOf({ detail, operator, node }: Obstacle): BlockingReason {
  return { reason: detail, ...(operator !== undefined && { operator }), ...(node !== undefined && { node }) };
}

const TOLD_MAX = 8;

function notTrainable(obstacles: readonly Obstacle[]): SedgeError {
  const told = obstacles.slice(0, TOLD_MAX).map(({ detail }) => detail);
  const more = obstacles.length > TOLD_MAX ? ` and ${obstacles.length - TOLD_MAX} more` : '';
  return new SedgeError('MODEL_NOT_TRAINABLE', `${told.join('; ')}${more}`, { expose: true });
}
