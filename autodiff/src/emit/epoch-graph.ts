import type { OnnxGraph } from '../codec/messages.ts';
import { graphAttribute, intAttribute } from '../graph/attributes.ts';
import type { TrainingPlan } from '../plan/training-plan.ts';
import { Emitter } from '../rules/emitter.ts';
import { RESERVED_PREFIX } from '../graph/reserved-prefix.ts';
import { declareData, declareSettings, writeModelInput } from './declare-inputs.ts';
import { fuseUpdates } from './fuse-updates.ts';
import { type StateSpec, stateSpecs } from './state-spec.ts';
import { trainingGraphBuilder } from './training-model.ts';
import { dataName, TRAINING_NAMES } from './training-names.ts';
import { writeStep } from './write-step.ts';

const { labels, exampleWeights, permutation } = TRAINING_NAMES;

/**
 * As many steps as the permutation has rows, in one run: the data stay where they are, and each step gathers its rows.
 * Saves the copies and calls between steps, which for small models take longer than the arithmetic.
 */
export function epochGraph(plan: TrainingPlan): OnnxGraph {
  const graph = trainingGraphBuilder('epoch');
  const states = stateSpecs(plan);
  declareData(graph, plan, 'rows');
  graph.input(permutation, 'INT64', ['steps', plan.batch]);
  graph.input(exampleWeights, 'FLOAT', ['steps', plan.batch]);
  for (const { name, type, dims } of plan.masks) graph.input(dataName(name), type, ['steps', ...dims]);
  declareSettings(graph, plan);
  for (const { input, dims } of states) graph.input(input, 'FLOAT', dims);
  const emit = new Emitter(graph);
  const steps = emit.op('Gather', [emit.op('Shape', [permutation]), emit.tensor([], BigInt64Array.of(0n))]);
  graph.nodes('Loop', [steps, '', ...states.map(({ input }) => input)], {
    attributes: { body: graphAttribute(loopBody(plan, states, graph.names())) },
    outputs: [...states.map(({ output }) => output), TRAINING_NAMES.loss],
  });
  graph.output(TRAINING_NAMES.loss, 'FLOAT', ['steps']);
  for (const { output, dims } of states) graph.output(output, 'FLOAT', dims);
  return graph.build();
}

/** One step, for the number of the step and the values before it; names of the graph around it are its own too. */
function loopBody(plan: TrainingPlan, states: readonly StateSpec[], around: Iterable<string>): OnnxGraph {
  const graph = trainingGraphBuilder('step-of-epoch');
  for (const name of around) graph.outer(name);
  const emit = new Emitter(graph);
  const step = graph.input(`${RESERVED_PREFIX}step`, 'INT64', []);
  const goOn = graph.input(`${RESERVED_PREFIX}goOn`, 'BOOL', []);
  for (const { name, dims } of states) graph.input(name, 'FLOAT', dims);
  const gather = (from: string, at: string) => emit.op('Gather', [from, at], { axis: intAttribute(0) });
  const rows = gather(permutation, step);
  for (const input of plan.inputs) writeModelInput(emit, plan, input, gather(dataName(input.name), rows));
  for (const { name } of plan.masks) graph.node('Identity', [gather(dataName(name), step)], { outputs: [name] });
  const batch = { labels: gather(labels, rows), exampleWeights: gather(exampleWeights, step) };
  const { loss, next } = writeStep(emit, plan, batch);
  graph.output(graph.node('Identity', [goOn]), 'BOOL', []);
  for (const { name, dims } of states) graph.output(graph.node('Identity', [next.get(name) ?? '']), 'FLOAT', dims);
  graph.output(loss, 'FLOAT', []);
  return fuseUpdates(graph.build(), new Set(next.values()));
}
