import type { OnnxGraph } from '../codec/messages.ts';
import type { Engine } from '../engine/engine.ts';
import { describeNode } from '../graph/describe-node.ts';
import { prune } from '../graph/prune.ts';
import type { Loss } from '../loss/loss.ts';
import { losses } from '../loss/losses.ts';
import { OnnxError } from '../onnx-error.ts';
import type { OptimizerSettings } from '../optimizer/optimizer.ts';
import { type ParameterSpec, parameterSpecs } from '../params/parameter-spec.ts';
import { ruleTable } from '../rules/rule-table.ts';
import { measureValues } from '../shapes/measure-values.ts';
import type { ValueTable } from '../shapes/value-table.ts';
import { isRecurrent, unrollRecurrent } from '../unroll/unroll-recurrent.ts';
import { type DataInput, dataInputs, type DimensionSizes, exampleBatch } from './batch-feeds.ts';
import { nodesWithoutRule } from './check-rules.ts';
import { foldStatic } from './fold-static.ts';
import { type ForwardChoice, type ForwardModel, forwardModel } from './forward-model.ts';
import type { OnnxModel } from '../codec/messages.ts';

export interface TrainingSettings extends ForwardChoice {
  readonly optimizer: OptimizerSettings;
  /** Examples in a step. */
  readonly batch: number;
  /** Data come as bytes and are multiplied by this in the graph, 1/255 for pixels; floats when it is left out. */
  readonly inputScale?: number;
  readonly dimensions?: DimensionSizes;
}

/** All that is needed to write training graphs: nothing of it depends on the values of trainable weights. */
export interface TrainingPlan {
  /** Forward nodes at the batch size, with the outputs that gradients need. */
  readonly graph: OnnxGraph;
  /** The same for any batch size, as evaluation wants it. */
  readonly evaluated: OnnxGraph;
  readonly output: string;
  /** Values that the loss takes of each example. */
  readonly width: number;
  readonly values: ValueTable;
  readonly inputs: readonly DataInput[];
  readonly parameters: readonly ParameterSpec[];
  readonly loss: Loss;
  readonly optimizer: OptimizerSettings;
  readonly batch: number;
  readonly inputScale?: number;
}

export async function planTraining(
  model: OnnxModel,
  settings: TrainingSettings,
  engine: Engine,
): Promise<TrainingPlan> {
  const forward = forwardModel(model, settings);
  refuseMissingRules(forward);
  const inputs = dataInputs(forward.model.graph, settings.batch, settings.dimensions ?? {});
  const feeds = Object.fromEntries(inputs.map((input) => [input.name, exampleBatch(input)]));
  const measured = (graph: OnnxGraph) => measureValues({ ...forward.model, graph }, feeds, engine);
  const hasRecurrent = forward.model.graph.nodes.some(({ opType }) => isRecurrent(opType));
  const flat = hasRecurrent
    ? unrollRecurrent(forward.model.graph, await measured(forward.model.graph))
    : forward.model.graph;
  const prepared = withPreparedNodes(flat);
  const values = await measured(prepared);
  const { optimizer, batch, inputScale } = settings;
  const loss = losses[settings.loss];
  return {
    graph: prune(foldStatic(prepared, values), [forward.output]),
    evaluated: forward.model.graph,
    output: forward.output,
    width: widthOf(values, forward.output, batch, loss),
    values,
    inputs,
    parameters: parameterSpecs(forward.parameters),
    loss,
    optimizer,
    batch,
    ...(inputScale !== undefined && { inputScale }),
  };
}

function refuseMissingRules({ model, parameters }: ForwardModel): void {
  const missing = nodesWithoutRule(
    model.graph,
    parameters.map(({ name = '' }) => name),
    ruleTable,
  );
  if (missing.length === 0) return;
  const named = missing.map(describeNode).join(', ');
  throw new OnnxError('NO_GRADIENT', `no rules for ${named}, which lie between trainable weights and the loss`);
}

function withPreparedNodes(graph: OnnxGraph): OnnxGraph {
  return { ...graph, nodes: graph.nodes.map((node) => ruleFor(node.opType)?.prepare?.(node) ?? node) };
}

function ruleFor(opType: string) {
  return Object.hasOwn(ruleTable, opType) ? ruleTable[opType] : undefined;
}

function widthOf(values: ValueTable, output: string, batch: number, loss: Loss): number {
  const { dims, type } = values.get(output);
  const shape = `[${dims.join(', ')}]`;
  if (type !== 'FLOAT') throw new OnnxError('NOT_TRAINABLE', `output "${output}" is of type ${type}`);
  if (dims[0] !== batch)
    throw new OnnxError('UNSUPPORTED', `output "${output}" ${shape} does not begin with the batch`);
  const rest = dims.slice(1);
  if (loss.targets === 'classes' && rest.filter((size) => size !== 1).length > 1) {
    throw new OnnxError('UNSUPPORTED', `output "${output}" ${shape} has more than one class for each example`);
  }
  return rest.reduce((product, size) => product * size, 1);
}
