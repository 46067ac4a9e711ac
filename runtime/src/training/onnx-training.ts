import type { Engine } from '@sedge/autodiff';
import type { Clock } from '@sedge/kit';
import { float32Tensor, SedgeError, type Tensor } from '@sedge/protocol/core';
import type { Metric, TrainingConfig, TrainingOutcome, TrainingProgress, TrainingSession } from '../engine.ts';
import { inOurTerms } from './autodiff-refusal.ts';
import { checkConfig } from './check-config.ts';
import { diverged, EpochRun, type ReachedState, settingFeeds } from './epoch-run.ts';
import { positionOf, positionTensor, START } from './position.ts';
import { type PreparationOptions, type PreparedTraining, prepareTraining } from './prepare-training.ts';
import { trainingAccuracy } from './training-accuracy.ts';
import { firstState, restoredState, stateTensors, type TrainingState } from './training-state.ts';

export interface OnnxTrainingOptions extends PreparationOptions {
  /** Runs the training graphs; `engine` of the preparation runs each model once. */
  readonly stepEngine: Engine;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

interface Course {
  readonly prepared: PreparedTraining;
  readonly run: EpochRun;
  /** As they were given, in their order. */
  readonly weights: readonly Tensor[];
  reached: ReachedState;
}

/** Trains an ordinary ONNX model by graphs that are derived from it. */
export class OnnxTraining implements TrainingSession {
  readonly #options: OnnxTrainingOptions;
  #course: Course | undefined;

  constructor(options: OnnxTrainingOptions) {
    this.#options = options;
  }

  async begin(
    weights: readonly Tensor[],
    examples: readonly Tensor[],
    config: TrainingConfig,
    checkpoint?: readonly Tensor[],
  ): Promise<void> {
    await this.close();
    checkConfig(config);
    this.#course = await inOurTerms(async () => {
      const prepared = await prepareTraining(this.#options, weights, examples, config);
      const reached = reachedAt(prepared, checkpoint);
      const settings = settingFeeds(prepared, config);
      const graph = await this.#options.stepEngine.open(prepared.training.epochGraph);
      return { prepared, run: new EpochRun(graph, prepared, settings, config), weights, reached };
    });
  }

  async step(maxSteps: number): Promise<TrainingProgress> {
    const course = this.#begun();
    course.reached = await course.run.steps(course.reached, maxSteps);
    const { stepsDone, examplesSeen, lossSum } = course.reached.position;
    return { stepsDone, stepsTotal: course.run.stepsTotal, examplesSeen, lossSum };
  }

  checkpoint(): Promise<Tensor[]> {
    const { prepared, reached } = this.#begun();
    const tensors = stateTensors(prepared.training.stateSpec, reached.state);
    return Promise.resolve([...tensors, positionTensor(reached.position)]);
  }

  async finish(): Promise<TrainingOutcome> {
    const { prepared, reached, weights } = this.#begun();
    const trained = weights.map((weight) => trainedWeight(weight, reached.state));
    const metrics = await this.#metrics(prepared, reached);
    await this.close();
    return { weights: trained, metrics };
  }

  async close(): Promise<void> {
    const course = this.#course;
    this.#course = undefined;
    await course?.run.close();
  }

  async #metrics(prepared: PreparedTraining, { state, position }: ReachedState): Promise<Metric[]> {
    const { stepEngine, clock } = this.#options;
    const { stepsDone, examplesSeen, epochExamples, epochLossSum } = position;
    const accuracy = await trainingAccuracy(stepEngine, prepared, state, clock);
    return [
      { name: 'loss', value: epochExamples === 0 ? 0 : epochLossSum / epochExamples },
      { name: 'steps', value: stepsDone },
      { name: 'examples', value: examplesSeen },
      ...(accuracy === undefined ? [] : [{ name: 'accuracy', value: accuracy }]),
    ];
  }

  #begun(): Course {
    if (this.#course === undefined) throw new SedgeError('MODEL_FAILED', 'no training was begun', { expose: true });
    return this.#course;
  }
}

function reachedAt({ training, weights }: PreparedTraining, checkpoint: readonly Tensor[] | undefined): ReachedState {
  if (checkpoint === undefined) return { state: firstState(training.stateSpec, weights.trained), position: START };
  return { state: restoredState(training.stateSpec, checkpoint), position: positionOf(checkpoint) };
}

/** Weights that were not trained come back as they are. Throws TRAINING_DIVERGED for values that are not finite. */
function trainedWeight(weight: Tensor, state: TrainingState): Tensor {
  const values = state.get(weight.name);
  if (values === undefined) return weight;
  if (!values.every(Number.isFinite)) throw diverged(`the weights ${weight.name} are not finite any more`);
  return float32Tensor(weight.name, weight.shape, values);
}
