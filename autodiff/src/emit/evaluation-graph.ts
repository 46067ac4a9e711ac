import type { OnnxGraph } from '../codec/messages.ts';
import { intAttribute } from '../graph/attributes.ts';
import type { TrainingPlan } from '../plan/training-plan.ts';
import { Emitter } from '../rules/emitter.ts';
import { declareData, writeModelInput } from './declare-inputs.ts';
import { trainingGraphBuilder } from './training-model.ts';
import { beforeName, dataName, TRAINING_NAMES } from './training-names.ts';
import { targetRows } from './write-step.ts';
import { writeForward } from './write-forward.ts';

const { labels, exampleWeights, lossSum, weightSum, rightSum } = TRAINING_NAMES;

/** Sums of losses and of right answers over a batch of any size. */
export function evaluationGraph(plan: TrainingPlan): OnnxGraph {
  const graph = trainingGraphBuilder('evaluation');
  const emit = new Emitter(graph);
  declareData(graph, plan, 'batch');
  graph.input(exampleWeights, 'FLOAT', ['batch']);
  const given = [...plan.parameters, ...plan.statistics];
  for (const { name, dims } of given) {
    graph.node('Identity', [graph.input(beforeName(name), 'FLOAT', dims)], { outputs: [name] });
  }
  for (const input of plan.inputs) writeModelInput(emit, plan, input, dataName(input.name));
  writeForward(graph, plan.evaluated, given);
  const rows = emit.op('Flatten', [plan.output]);
  const { losses, right } = plan.loss.write(emit, rows, targetRows(emit, plan, labels), plan.width);
  const weightedSum = (values: string, output: string) => {
    graph.node('ReduceSum', [values, emit.integers([0])], {
      attributes: { keepdims: intAttribute(0) },
      outputs: [output],
    });
    graph.output(output, 'FLOAT', []);
  };
  weightedSum(emit.mul(losses, exampleWeights), lossSum);
  weightedSum(exampleWeights, weightSum);
  if (right !== undefined) weightedSum(emit.mul(right(), exampleWeights), rightSum);
  return graph.build();
}
