import {
  anchorName,
  correctionName,
  type EngineTensor,
  type EngineTensors,
  type OpenedModel,
  type Training,
  TRAINING_NAMES,
} from '@sedge/autodiff';
import { SedgeError, type Tensor } from '@sedge/protocol/core';
import type { TrainingConfig } from '../engine.ts';
import { dropoutMasks } from './dropout-masks.ts';
import { advanced, type Position } from './position.ts';
import type { PreparedTraining } from './prepare-training.ts';
import { engineTensor } from './row-tensor.ts';
import { StepOrder, type StepRows } from './step-order.ts';
import { floatTensor, stateAfter, stateFeeds, type TrainingState, valuesFor } from './training-state.ts';

/** Copies of examples and masks that one run of the graph takes at most, unless a single step needs more. */
const CHUNK_BYTES_MAX = 32 * 1024 * 1024;
const CHUNK_STEPS_MAX = 8_192;

export interface ReachedState {
  readonly state: TrainingState;
  readonly position: Position;
}

/** Runs steps of one training: its epoch graph takes any number of them at a time. */
export class EpochRun {
  readonly stepsTotal: number;
  readonly #prepared: PreparedTraining;
  readonly #seed: bigint;
  readonly #order: StepOrder;
  readonly #settings: EngineTensors;
  readonly #graph: OpenedModel;

  /** `settings` are those of `settingFeeds`. */
  constructor(graph: OpenedModel, prepared: PreparedTraining, settings: EngineTensors, config: TrainingConfig) {
    const { rows, batch } = prepared;
    this.#graph = graph;
    this.#prepared = prepared;
    this.#seed = config.seed;
    this.#order = new StepOrder({ rows, batch, seed: config.seed });
    this.#settings = settings;
    this.stepsTotal = config.epochs * this.#order.stepsPerEpoch;
  }

  /** At most so many steps. Throws TRAINING_DIVERGED when a loss is no number any more. */
  async steps(reached: ReachedState, maxSteps: number): Promise<ReachedState> {
    const { stepsDone } = reached.position;
    const steps = Math.min(maxSteps, this.stepsTotal - stepsDone, this.#chunkStepsMax());
    if (steps <= 0) return reached;
    const { stateSpec } = this.#prepared.training;
    const taken = this.#order.take(stepsDone, steps);
    const results = await this.#graph.run({
      ...this.#dataFeeds(taken.rows),
      ...this.#maskFeeds(stepsDone, steps),
      ...this.#settings,
      [TRAINING_NAMES.exampleWeights]: floatTensor([steps, this.#prepared.batch], taken.weights),
      ...stateFeeds(stateSpec, reached.state),
    });
    return { state: stateAfter(stateSpec, results), position: this.#positionAfter(reached.position, taken, results) };
  }

  close(): Promise<void> {
    return this.#graph.close();
  }

  /** Only the rows of these steps, as an engine may copy what it is given; all of them where they are fewer. */
  #dataFeeds(taken: Int32Array): Record<string, EngineTensor> {
    const { data, rows, batch } = this.#prepared;
    const isPicked = taken.length < rows;
    const numbers = BigInt64Array.from(taken, (row, place) => BigInt(isPicked ? place : row));
    const dims = [taken.length / batch, batch];
    return {
      [TRAINING_NAMES.permutation]: { type: 'INT64', dims, data: numbers },
      ...Object.fromEntries(data.map((tensor) => [tensor.name, engineTensor(tensor, isPicked ? taken : undefined)])),
    };
  }

  #maskFeeds(firstStep: number, steps: number): Record<string, EngineTensor> {
    const { masks } = this.#prepared.training;
    const entries = masks.map(({ input, dims, keep }, mask): [string, EngineTensor] => {
      const data = dropoutMasks({ dims, keep }, { seed: this.#seed, mask, firstStep, steps });
      return [input, { type: 'UINT8', dims: [steps, ...dims], data }];
    });
    return Object.fromEntries(entries);
  }

  #positionAfter(before: Position, { counts }: StepRows, results: EngineTensors): Position {
    const losses = results[TRAINING_NAMES.loss]?.data as Float32Array;
    return counts.reduce((position, examples, index) => {
      const loss = losses[index] ?? Number.NaN;
      if (!Number.isFinite(loss)) throw diverged(`the loss of step ${position.stepsDone + 1} is ${loss}`);
      return advanced(position, this.#order.stepsPerEpoch, examples, loss);
    }, before);
  }

  #chunkStepsMax(): number {
    const { data, batch, training } = this.#prepared;
    const bytes = batch * data.reduce((sum, { rowBytes }) => sum + rowBytes, 0) + maskBytes(training);
    return Math.max(1, Math.min(CHUNK_STEPS_MAX, Math.floor(CHUNK_BYTES_MAX / bytes)));
  }
}

/** What stays the same for all steps. Throws TENSOR_MISMATCH for a correction that does not fit. */
export function settingFeeds({ training, weights }: PreparedTraining, config: TrainingConfig): EngineTensors {
  const { learningRate, proximal, correction } = config;
  const forEach = (nameOf: (parameter: string) => string, tensors: readonly Tensor[]): [string, EngineTensor][] =>
    training.parameters.map((spec) => [nameOf(spec.name), floatTensor(spec.dims, valuesFor(spec, tensors))]);
  return {
    [TRAINING_NAMES.learningRate]: floatTensor([], Float32Array.of(learningRate)),
    ...(proximal !== 0 && {
      [TRAINING_NAMES.proximal]: floatTensor([], Float32Array.of(proximal)),
      ...Object.fromEntries(forEach(anchorName, weights.trained)),
    }),
    ...(correction !== undefined && Object.fromEntries(forEach(correctionName, correction))),
  };
}

function maskBytes({ masks }: Training): number {
  return masks.reduce((sum, { dims }) => sum + dims.reduce((product, size) => product * size, 1), 0);
}

export function diverged(detail: string): SedgeError {
  return new SedgeError('TRAINING_DIVERGED', detail, { expose: true });
}
