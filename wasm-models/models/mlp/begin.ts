import { DataType, keep, Tensor, TensorList } from '../../sdk';
import { findFault, freeNetwork, makeNetwork, sameShape } from './network';
import { prepare, Training } from './training';

/** The record config of the contract, as its fields arrive at the core function. */
@unmanaged
export class Config {
  epochs: u32;
  batchSize: u32;
  learningRate: f32;
  seed: u64;
  proximal: f32;
}

/** What is wrong with what begin was given, or null. */
export function findBeginFault(
  weights: TensorList, examples: TensorList, config: Config, correction: TensorList | null,
): string | null {
  const weightFault = findFault(weights);
  if (weightFault) return weightFault;
  const configFault = findConfigFault(config);
  if (configFault) return configFault;
  const correctionFault = correction ? findFault(correction) : null;
  if (correctionFault) return 'correction: ' + correctionFault;
  return findExampleFault(weights, examples, config);
}

function findConfigFault(config: Config): string | null {
  if (config.epochs === 0) return 'epochs must be at least 1';
  if (config.batchSize === 0) return 'batch-size must be at least 1';
  if (!isFinite(config.learningRate) || config.learningRate <= 0) return 'learning-rate must be positive and finite';
  if (!isFinite(config.proximal) || config.proximal < 0) return 'proximal must be finite and not negative';
  return null;
}

function findExampleFault(weights: TensorList, examples: TensorList, config: Config): string | null {
  const features = examples.find('features');
  const labels = examples.find('labels');
  if (!features || !labels || examples.length !== 2) return 'examples must be features and labels';
  const inputs = weights.find('layer0.weight')!.size(0);
  if (features.dataType !== DataType.FLOAT32 || features.rank !== 2 || !features.fits(4) || features.size(1) !== inputs) {
    return 'features must be FP32 [examples, ' + inputs.toString() + ']';
  }
  if (features.size(0) === 0) return 'at least one example is needed';
  const bytes = labelBytes(labels);
  if (bytes === 0 || labels.rank !== 1 || !labels.fits(bytes) || labels.size(0) !== features.size(0)) {
    return 'labels must be UINT8, INT32 or INT64 [examples]';
  }
  const steps = stepsPerEpoch(features.size(0), config.batchSize);
  if (<u64>steps * config.epochs > u32.MAX_VALUE) return 'epochs are too many';
  return findLabelFault(labels, lastSize(weights));
}

function findLabelFault(labels: Tensor, classes: u32): string | null {
  for (let row: u32 = 0; row < labels.size(0); row++) {
    const label = labelAt(labels, row);
    if (label < 0 || label >= <i64>classes) {
      return 'label ' + label.toString() + ' of example ' + row.toString() + ' is not below ' + classes.toString();
    }
  }
  return null;
}

/** Takes over the memory of the features; everything else is copied. Null when the correction has other shapes. */
export function makeTraining(
  weights: TensorList, examples: TensorList, config: Config, correction: TensorList | null,
): Training | null {
  const network = makeNetwork(weights);
  const corrections = correction ? makeNetwork(correction) : null;
  if (corrections && !sameShape(network, corrections)) {
    freeNetwork(network);
    freeNetwork(corrections);
    return null;
  }
  const features = examples.find('features')!;
  const training = changetype<Training>(heap.alloc(offsetof<Training>()));
  memory.fill(changetype<usize>(training), 0, offsetof<Training>());
  training.network = network;
  training.origin = makeNetwork(weights);
  training.correction = corrections;
  training.features = features.data;
  keep(features.data);
  training.labels = copyLabels(examples.find('labels')!);
  training.examples = features.size(0);
  // A batch is never longer than the epoch, whatever was asked for: its buffers follow from it.
  training.batchSize = min(config.batchSize, features.size(0));
  training.learningRate = config.learningRate;
  training.proximal = config.proximal;
  training.stepsPerEpoch = stepsPerEpoch(features.size(0), config.batchSize);
  training.stepsTotal = training.stepsPerEpoch * config.epochs;
  prepare(training, config.seed);
  return training;
}

function stepsPerEpoch(examples: u32, batchSize: u32): u32 {
  return (examples - 1) / batchSize + 1;
}

function copyLabels(labels: Tensor): usize {
  const count = labels.size(0);
  const copy = heap.alloc(<usize>count << 2);
  for (let row: u32 = 0; row < count; row++) store<i32>(copy + (row << 2), <i32>labelAt(labels, row));
  return copy;
}

function labelBytes(labels: Tensor): u64 {
  if (labels.dataType === DataType.UINT8) return 1;
  if (labels.dataType === DataType.INT32) return 4;
  return labels.dataType === DataType.INT64 ? 8 : 0;
}

function labelAt(labels: Tensor, row: u32): i64 {
  if (labels.dataType === DataType.UINT8) return load<u8>(labels.data + row);
  if (labels.dataType === DataType.INT32) return load<i32>(labels.data + (row << 2));
  return load<i64>(labels.data + (row << 3));
}

function lastSize(weights: TensorList): u32 {
  const last = (weights.length >> 1) - 1;
  return weights.find('layer' + last.toString() + '.bias')!.size(0);
}
