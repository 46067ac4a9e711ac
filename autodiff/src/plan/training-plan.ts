import type { OnnxGraph } from '../codec/messages.ts';
import type { Engine } from '../engine/engine.ts';
import { valueInfo } from '../graph/graph-builder.ts';
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
import { type DropoutMask, maskDropouts } from './mask-dropouts.ts';
import { type Statistic, trainStatistics } from './train-statistics.ts';
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
  /** With `masks` the graphs take a mask for each Dropout; left out, training drops nothing. */
  readonly dropout?: 'off' | 'masks';
  /** With `training`, statistics of each batch, examples without weight included; frozen when left out. */
  readonly batchNormalization?: 'frozen' | 'training';
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
  readonly masks: readonly DropoutMask[];
  readonly parameters: readonly ParameterSpec[];
  /** Running means and variances that training moves, and the values that have them after a step. */
  readonly statistics: readonly (ParameterSpec & { readonly next: string })[];
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
  const { graph: prepared, masks, statistics } = await trainingForm(forward.model, settings, inputs, engine);
  const values = await measureBatch(forward.model, prepared, [...inputs, ...masks], engine);
  const { optimizer, batch, inputScale } = settings;
  const loss = losses[settings.loss];
  return {
    graph: prune(foldStatic(prepared, values), [forward.output]),
    evaluated: forward.model.graph,
    output: forward.output,
    width: widthOf(values, forward.output, batch, loss),
    values,
    inputs,
    masks,
    parameters: parameterSpecs(forward.parameters),
    statistics: parameterSpecs(statistics.map(({ tensor }) => tensor)).map((spec, index) => ({
      ...spec,
      next: statistics[index]?.next ?? '',
    })),
    loss,
    optimizer,
    batch,
    ...(inputScale !== undefined && { inputScale }),
  };
}

interface TrainingForm {
  readonly graph: OnnxGraph;
  readonly masks: readonly DropoutMask[];
  readonly statistics: readonly Statistic[];
}

/** The forward graph as training computes it: recurrent layers unrolled, masks and statistics as the settings say. */
async function trainingForm(
  model: OnnxModel,
  { dropout = 'off', batchNormalization = 'frozen' }: TrainingSettings,
  inputs: readonly DataInput[],
  engine: Engine,
): Promise<TrainingForm> {
  const { graph, statistics } =
    batchNormalization === 'training' ? trainStatistics(model.graph) : { graph: model.graph, statistics: [] };
  const masksWanted = dropout === 'masks' && graph.nodes.some(({ opType }) => opType === 'Dropout');
  if (!masksWanted && !graph.nodes.some(({ opType }) => isRecurrent(opType))) {
    return { graph: withPreparedNodes(graph), masks: [], statistics };
  }
  const values = await measureBatch(model, graph, inputs, engine);
  const masked = masksWanted ? maskDropouts(graph, values) : { graph, masks: [] };
  const unrolled = unrollRecurrent(masked.graph, values);
  return { graph: withPreparedNodes(unrolled), masks: masked.masks, statistics };
}

async function measureBatch(
  model: OnnxModel,
  graph: OnnxGraph,
  inputs: readonly DataInput[],
  engine: Engine,
): Promise<ValueTable> {
  const feeds = Object.fromEntries(inputs.map((input) => [input.name, exampleBatch(input)]));
  const declared = inputs.map(({ name, type, dims }) => valueInfo(name, type, dims));
  return await measureValues({ ...model, graph: { ...graph, inputs: declared } }, feeds, engine);
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
