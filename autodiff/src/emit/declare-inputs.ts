import type { DimensionSpec, GraphBuilder } from '../graph/graph-builder.ts';
import type { DataInput } from '../plan/batch-feeds.ts';
import type { TrainingPlan } from '../plan/training-plan.ts';
import type { Emitter } from '../rules/emitter.ts';
import type { NumericTypeName } from '../tensors/data-type.ts';
import { anchorName, correctionName, dataName, TRAINING_NAMES } from './training-names.ts';

/** Data and labels, with a first dimension of the caller's choice. */
export function declareData(graph: GraphBuilder, plan: TrainingPlan, rows: DimensionSpec): void {
  for (const input of plan.inputs) {
    graph.input(dataName(input.name), dataType(input, plan), [rows, ...input.dims.slice(1)]);
  }
  const classes = plan.loss.targets === 'classes';
  const rest = classes ? [] : plan.values.get(plan.output).dims.slice(1);
  graph.input(TRAINING_NAMES.labels, classes ? 'INT64' : 'FLOAT', [rows, ...rest]);
}

/** Learning rate, and what the terms of the optimizer take. */
export function declareSettings(graph: GraphBuilder, { optimizer, parameters }: TrainingPlan): void {
  graph.input(TRAINING_NAMES.learningRate, 'FLOAT', []);
  if (optimizer.proximal === true) {
    graph.input(TRAINING_NAMES.proximal, 'FLOAT', []);
    for (const { name, dims } of parameters) graph.input(anchorName(name), 'FLOAT', dims);
  }
  if (optimizer.correction === true) {
    for (const { name, dims } of parameters) graph.input(correctionName(name), 'FLOAT', dims);
  }
}

function dataType({ type }: DataInput, { inputScale }: TrainingPlan): NumericTypeName {
  return type === 'FLOAT' && inputScale !== undefined ? 'UINT8' : type;
}

/** Brings data to what the model takes, under the name that it has there. */
export function writeModelInput(emit: Emitter, plan: TrainingPlan, input: DataInput, data: string): void {
  const outputs = [input.name];
  if (input.type !== 'FLOAT' || plan.inputScale === undefined) {
    emit.graph.node('Identity', [data], { outputs });
    return;
  }
  emit.graph.node('Mul', [emit.cast(data, 'FLOAT'), emit.scalar(plan.inputScale)], { outputs });
}
