import {
  type DataInput,
  dataName,
  decodeModel,
  deriveTraining,
  type Engine,
  type LossName,
  type OnnxModel,
  type OptimizerSettings,
  TRAINING_NAMES,
  type Training,
} from '@sedge/autodiff';
import { sha256 } from '@sedge/kit/sha256';
import { digestOf, SedgeError, type Tensor } from '@sedge/protocol/core';
import { withWeights } from '../engines/onnx-weights.ts';
import type { TrainingConfig } from '../engine.ts';
import type { DerivedGraphs, GraphStore } from './derived-graphs.ts';
import { chosenLoss } from './final-activation.ts';
import { type MatchedExamples, matchExamples, openDimensions } from './match-examples.ts';
import { checkMemory, stateBytesOf } from './memory-budget.ts';
import { classRows, featureRows, type RowTensor, valueRows } from './row-tensor.ts';
import { type SplitWeights, splitWeights } from './split-weights.ts';

export interface PreparationOptions {
  /** The file, and weights that replace some of its own. */
  readonly artifact: Uint8Array;
  readonly weights?: readonly Tensor[];
  readonly engine: Engine;
  readonly graphs: GraphStore;
  readonly memoryBytesMax: number;
}

/** All that the steps need. */
export interface PreparedTraining {
  readonly training: Training;
  readonly loss: LossName;
  readonly weights: SplitWeights;
  readonly data: readonly RowTensor[];
  readonly rows: number;
  readonly batch: number;
}

/** Checks everything that is given, then derives the graphs or takes those of an earlier training. */
export async function prepareTraining(
  options: PreparationOptions,
  weights: readonly Tensor[],
  examples: readonly Tensor[],
  config: TrainingConfig,
): Promise<PreparedTraining> {
  const model = decodeModel(options.artifact);
  const split = splitWeights(weights, config.trainable);
  const matched = matchExamples(model.graph, examples);
  const dataBytes = examples.reduce((sum, { data }) => sum + data.byteLength, 0);
  checkMemory({ dataBytes, activationBytes: 0, stateBytes: bytesOf(split.trained) }, options.memoryBytesMax);
  const settings = settingsOf(model, split, matched, config);
  const { training, activationBytes } = await derivedGraphs(options, split, settings);
  checkParameters(training, split.trained);
  checkMemory({ dataBytes, activationBytes, stateBytes: stateBytesOf(training) }, options.memoryBytesMax);
  const { loss, batch, inputScale } = settings;
  const data = dataOf(training, matched, inputScale !== undefined);
  return { training, loss, weights: split, data, rows: matched.rows, batch };
}

type Settings = ReturnType<typeof settingsOf>;

/** A batch larger than the data would only be filled up. */
function settingsOf({ graph }: OnnxModel, { trained }: SplitWeights, matched: MatchedExamples, config: TrainingConfig) {
  const { features, rows } = matched;
  const hasBytes = [...features.values()].some(({ dataType }) => dataType === 'UINT8');
  return {
    loss: chosenLoss(graph, config.loss),
    optimizer: optimizerOf(config),
    trainable: trained.map(({ name }) => name),
    batch: Math.min(config.batchSize, rows),
    dimensions: openDimensions(graph, features),
    ...(hasBytes && { inputScale: config.inputScale ?? 1 }),
    ...(config.dropout === true && { dropout: 'masks' as const }),
  };
}

function optimizerOf({ optimizer = { name: 'sgd' }, proximal, correction }: TrainingConfig): OptimizerSettings {
  return { ...optimizer, proximal: proximal !== 0, correction: correction !== undefined };
}

/** Weights that are not trained are constants of the graphs, so they are part of what names these. */
async function derivedGraphs(
  { artifact, weights = [], engine, graphs }: PreparationOptions,
  { trained, frozen }: SplitWeights,
  settings: Settings,
): Promise<DerivedGraphs> {
  const given = new Set([...trained, ...frozen].map(({ name }) => name));
  const constants = [...weights.filter(({ name }) => !given.has(name)), ...frozen];
  const model = withWeights(artifact, constants);
  const key = JSON.stringify([digestOf({ sha256 }, model), settings]);
  return graphs.getOrDerive(key, () => derive(model, settings, engine));
}

/** The one run that finds the shapes of all values tells how much memory they take. */
async function derive(model: Uint8Array, settings: Settings, engine: Engine): Promise<DerivedGraphs> {
  let activationBytes = 0;
  const measuring: Engine = {
    async open(file) {
      const opened = await engine.open(file);
      return {
        async run(feeds) {
          const results = await opened.run(feeds);
          const bytes = Object.values(results).reduce((sum, { data }) => sum + data.byteLength, 0);
          activationBytes = Math.max(activationBytes, bytes);
          return results;
        },
        close: () => opened.close(),
      };
    },
  };
  const hash = (bytes: Uint8Array): string => digestOf({ sha256 }, bytes);
  return { training: await deriveTraining(model, { ...settings, engine: measuring, hash }), activationBytes };
}

function checkParameters({ parameters }: Training, trained: readonly Tensor[]): void {
  const known = new Map(parameters.map(({ name, dims }) => [name, dims]));
  for (const { name, shape } of trained) {
    const dims = known.get(name);
    if (dims === undefined) throw mismatch(`the model has no weights ${name} that training could change`);
    if (dims.join() !== shape.join()) {
      throw mismatch(`${name} is [${shape.join(', ')}], the model takes [${dims.join(', ')}]`);
    }
    known.delete(name);
  }
  const [missing] = known.keys();
  if (missing !== undefined) throw mismatch(`the weights ${missing} were not given`);
}

function dataOf(training: Training, { features, labels }: MatchedExamples, asBytes: boolean): RowTensor[] {
  const rows = training.inputs.map((input: DataInput) => {
    const tensor = features.get(input.name);
    if (tensor === undefined) throw mismatch(`the examples have no ${input.name}`);
    return featureRows(dataName(input.name), input, tensor, asBytes);
  });
  return [...rows, labelRows(training, labels)];
}

function labelRows({ labels: kind, width, epochGraph }: Training, labels: Tensor): RowTensor {
  const name = TRAINING_NAMES.labels;
  if (kind === 'classes') return classRows(name, labels, width);
  const declared = decodeModel(epochGraph).graph.inputs.find((input) => input.name === name);
  const dims = declared?.type?.tensorType?.shape?.dims.slice(1) ?? [];
  return valueRows(
    name,
    labels,
    dims.map(({ dimValue = 1 }) => dimValue),
  );
}

function bytesOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
}

function mismatch(detail: string): SedgeError {
  return new SedgeError('TENSOR_MISMATCH', detail, { expose: true });
}
