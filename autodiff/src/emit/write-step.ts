import { backward } from '../backward/backward.ts';
import { OnnxError } from '../onnx-error.ts';
import type { OptimizerSettings } from '../optimizer/optimizer.ts';
import { countsSteps, isProportional, stateKinds } from '../optimizer/state-kinds.ts';
import { writeUpdates, type ParameterInGraph } from '../optimizer/write-updates.ts';
import type { TrainingPlan } from '../plan/training-plan.ts';
import type { Emitter } from '../rules/emitter.ts';
import { ruleTable } from '../rules/rule-table.ts';
import { anchorName, correctionName, stateName, STEPS_DONE, TRAINING_NAMES } from './training-names.ts';
import { writeForward } from './write-forward.ts';

/** Names of a batch in the graph; its data have the names of the model's inputs. */
export interface BatchInGraph {
  readonly labels: string;
  readonly exampleWeights: string;
}

export interface WrittenStep {
  readonly loss: string;
  /** New values by the names of the old ones. */
  readonly next: ReadonlyMap<string, string>;
}

/**
 * Forward, loss, backward and update. The graph has the batch already, and under their own names the parameters and
 * what the optimizer keeps.
 */
export function writeStep(emit: Emitter, plan: TrainingPlan, batch: BatchInGraph): WrittenStep {
  writeForward(emit.graph, plan.graph, [...plan.parameters, ...plan.statistics]);
  const rows = emit.op('Flatten', [plan.output]);
  const written = plan.loss.write(emit, rows, targetRows(emit, plan, batch.labels), plan.width);
  const total = totalWeight(emit, batch.exampleWeights);
  const weighted = emit.reduceSum(emit.mul(written.losses, batch.exampleWeights), [0], false);
  const share = emit.div(batch.exampleWeights, total);
  const seed = emit.mul(written.slope(), emit.reshape(seedScale(emit, plan.optimizer, share), [plan.batch, 1]));
  const gradients = parameterGradients(emit, plan, emit.reshape(seed, plan.values.get(plan.output).dims));
  const next = writeUpdates(emit, plan.optimizer, gradients, scalarsOf(plan.optimizer));
  for (const statistic of plan.statistics) next.set(statistic.name, statistic.next);
  return { loss: emit.div(weighted, total), next };
}

/** Where updates are gradients times −rate, the factor is put in here, once, and the gradients arrive as updates. */
function seedScale(emit: Emitter, optimizer: OptimizerSettings, share: string): string {
  if (!isProportional(optimizer)) return share;
  return emit.mul(share, emit.neg(TRAINING_NAMES.learningRate));
}

/** Regression targets as rows; class numbers are one for each example as they are. */
export function targetRows(emit: Emitter, { loss }: TrainingPlan, labels: string): string {
  return loss.targets === 'classes' ? labels : emit.op('Flatten', [labels]);
}

/** A batch whose examples all weigh nothing changes nothing and divides by no zero. */
function totalWeight(emit: Emitter, exampleWeights: string): string {
  const sum = emit.reduceSum(exampleWeights, [0], false);
  return emit.where(emit.op('Equal', [sum, emit.scalar(0)]), emit.scalar(1), sum);
}

function parameterGradients(emit: Emitter, plan: TrainingPlan, seed: string): ParameterInGraph[] {
  const wanted = plan.parameters.map(({ name }) => name);
  const { nodes } = plan.graph;
  const seeds = new Map([[plan.output, seed]]);
  const gradients = backward({ nodes, values: plan.values, rules: ruleTable, emit, seeds, wanted });
  return wanted.map((name) => inGraph(name, gradients.get(name), plan.optimizer));
}

function inGraph(name: string, gradient: string | undefined, optimizer: OptimizerSettings): ParameterInGraph {
  if (gradient === undefined) throw new OnnxError('NO_GRADIENT', `the loss does not change with "${name}"`);
  return {
    name,
    gradient,
    state: Object.fromEntries(stateKinds(optimizer).map((kind) => [kind, stateName(kind, name)])),
    ...(optimizer.proximal === true && { anchor: anchorName(name) }),
    ...(optimizer.correction === true && { correction: correctionName(name) }),
  };
}

function scalarsOf(optimizer: OptimizerSettings) {
  return {
    learningRate: TRAINING_NAMES.learningRate,
    ...(optimizer.proximal === true && { proximal: TRAINING_NAMES.proximal }),
    ...(countsSteps(optimizer) && { stepsDone: STEPS_DONE }),
  };
}
