import type { OnnxGraph } from '../codec/messages.ts';
import type { TrainingPlan } from '../plan/training-plan.ts';
import { Emitter } from '../rules/emitter.ts';
import { declareData, declareSettings, writeModelInput } from './declare-inputs.ts';
import { fuseUpdates } from './fuse-updates.ts';
import { stateSpecs } from './state-spec.ts';
import { trainingGraphBuilder } from './training-model.ts';
import { dataName, TRAINING_NAMES } from './training-names.ts';
import { writeStep } from './write-step.ts';

/** One batch: from the values before a step to those after it, and the loss before it. */
export function stepGraph(plan: TrainingPlan): OnnxGraph {
  const graph = trainingGraphBuilder('step');
  const emit = new Emitter(graph);
  const states = stateSpecs(plan);
  declareData(graph, plan, plan.batch);
  graph.input(TRAINING_NAMES.exampleWeights, 'FLOAT', [plan.batch]);
  for (const { name, type, dims } of plan.masks) {
    graph.node('Identity', [graph.input(dataName(name), type, dims)], { outputs: [name] });
  }
  declareSettings(graph, plan);
  for (const { input, name, dims } of states) {
    graph.input(input, 'FLOAT', dims);
    graph.node('Identity', [input], { outputs: [name] });
  }
  for (const input of plan.inputs) writeModelInput(emit, plan, input, dataName(input.name));
  const { loss, next } = writeStep(emit, plan, TRAINING_NAMES);
  graph.node('Identity', [loss], { outputs: [TRAINING_NAMES.loss] });
  graph.output(TRAINING_NAMES.loss, 'FLOAT', []);
  for (const { name, output, dims } of states) {
    graph.node('Identity', [next.get(name) ?? ''], { outputs: [output] });
    graph.output(output, 'FLOAT', dims);
  }
  return fuseUpdates(graph.build(), new Set(next.values()));
}
