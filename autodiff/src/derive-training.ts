import { decodeModel } from './codec/decode.ts';
import { epochGraph } from './emit/epoch-graph.ts';
import { evaluationGraph } from './emit/evaluation-graph.ts';
import { type StateSpec, stateSpecs } from './emit/state-spec.ts';
import { stepGraph } from './emit/step-graph.ts';
import { trainingModel } from './emit/training-model.ts';
import { dataName } from './emit/training-names.ts';
import type { Engine } from './engine/engine.ts';
import { OnnxError } from './onnx-error.ts';
import { checkOptimizer } from './optimizer/check-settings.ts';
import type { ParameterSpec } from './params/parameter-spec.ts';
import type { DataInput } from './plan/batch-feeds.ts';
import { planTraining, type TrainingSettings } from './plan/training-plan.ts';

export interface DeriveOptions extends TrainingSettings {
  /** Runs the model once, for the shapes of its values. */
  readonly engine: Engine;
  /** The digest of some bytes. */
  readonly hash: (bytes: Uint8Array) => string | Promise<string>;
}

/** Graphs that train a model, as ONNX files without the trainable weights: those are inputs and outputs. */
export interface Training {
  readonly epochGraph: Uint8Array;
  readonly stepGraph: Uint8Array;
  readonly evaluationGraph: Uint8Array;
  /** The trained weights in the order of the flat vector. */
  readonly parameters: readonly ParameterSpec[];
  /** Running statistics that training moves; none when they are frozen. */
  readonly statistics: readonly ParameterSpec[];
  /** Masks that the step graph takes, and the epoch graph for each step; none when nothing is dropped. */
  readonly masks: readonly MaskSpec[];
  /** What goes from step to step: the parameters, and what the optimizer keeps. */
  readonly stateSpec: readonly StateSpec[];
  /** The model's inputs at the batch size; floats come as bytes when an input scale is set. */
  readonly inputs: readonly DataInput[];
  /** Values of each example that the loss takes: the number of classes, for a classifier. */
  readonly width: number;
  readonly labels: 'classes' | 'values';
  /** Of the three graphs together. */
  readonly digest: string;
}

/** Bytes for each step: 1 with the probability `keep`, else 0. */
export interface MaskSpec {
  readonly input: string;
  readonly dims: readonly number[];
  readonly keep: number;
}

/**
 * Differentiates an inference model. Throws an OnnxError that names the node when the model or the settings do not
 * allow it.
 */
export async function deriveTraining(model: Uint8Array, options: DeriveOptions): Promise<Training> {
  checkSettings(options);
  const plan = await planTraining(decodeModel(model), options, options.engine);
  const epoch = trainingModel(epochGraph(plan));
  const step = trainingModel(stepGraph(plan));
  const evaluation = trainingModel(evaluationGraph(plan));
  return {
    epochGraph: epoch,
    stepGraph: step,
    evaluationGraph: evaluation,
    parameters: plan.parameters,
    statistics: plan.statistics.map(({ name, dims, offset, count }) => ({ name, dims, offset, count })),
    masks: plan.masks.map(({ name, dims, keep }) => ({ input: dataName(name), dims, keep })),
    stateSpec: stateSpecs(plan),
    inputs: plan.inputs,
    width: plan.width,
    labels: plan.loss.targets,
    digest: await options.hash(joined([epoch, step, evaluation])),
  };
}

function checkSettings({ batch, inputScale = 1, optimizer }: DeriveOptions): void {
  if (!Number.isSafeInteger(batch) || batch < 1) {
    throw new OnnxError('INVALID_SETTINGS', `batch is ${batch}; it must be a whole number of at least 1`);
  }
  if (!Number.isFinite(inputScale) || inputScale === 0) {
    throw new OnnxError('INVALID_SETTINGS', `inputScale is ${inputScale}; it must be a number other than 0`);
  }
  checkOptimizer(optimizer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
