/**
 * A multilayer perceptron: any number of layers, ReLU between them, softmax at the end. The sizes follow from the
 * weights. Exports are named <interface>_<function>; the build gives them their names in the contract.
 */
import { allocate, asList, ErrorCode, failure, invalidInput, ok, readText, TensorList, textIs, writeText } from '../../sdk';
import { Config, findBeginFault, makeTraining } from './begin';
import { classify, describe } from './infer';
import { findFault, freeNetwork, makeNetwork, Network, writeWeights } from './network';
import { freeTraining, Training, trainSteps } from './training';

export { cabi_realloc, releaseCall } from '../../sdk';

const METRIC_BYTES: usize = 16;
/** progress holds an f64, so the payload of its result is aligned to 8. */
const PROGRESS_PAYLOAD: usize = 8;

let network: Network | null = null;
let training: Training | null = null;

export function inference_metadata(): usize {
  return describe(network);
}

export function inference_load(weights: usize, count: u32): usize {
  const tensors = asList(weights, count);
  const fault = findFault(tensors);
  if (fault) return invalidInput(fault);
  freeNetwork(network);
  network = makeNetwork(tensors);
  return ok();
}

export function inference_infer(name: usize, nameBytes: u32, inputs: usize, count: u32): usize {
  if (!textIs(name, nameBytes, 'infer')) {
    return failure(ErrorCode.UNKNOWN_FUNCTION, 'there is no function ' + readText(name, nameBytes));
  }
  return classify(network, asList(inputs, count));
}

export function training_begin(
  weights: usize, weightCount: u32,
  examples: usize, exampleCount: u32,
  epochs: u32, batchSize: u32, learningRate: f32, seed: u64, proximal: f32,
  hasCorrection: i32, correction: usize, correctionCount: u32,
): usize {
  const config = changetype<Config>(allocate(offsetof<Config>()));
  config.epochs = epochs;
  config.batchSize = batchSize;
  config.learningRate = learningRate;
  config.seed = seed;
  config.proximal = proximal;
  const corrections: TensorList | null = hasCorrection ? asList(correction, correctionCount) : null;
  return begin(asList(weights, weightCount), asList(examples, exampleCount), config, corrections);
}

function begin(weights: TensorList, examples: TensorList, config: Config, correction: TensorList | null): usize {
  endTraining();
  const fault = findBeginFault(weights, examples, config, correction);
  if (fault) return invalidInput(fault);
  training = makeTraining(weights, examples, config, correction);
  return training ? ok() : invalidInput('correction must have the shapes of the weights');
}

export function training_step(maxSteps: u32): usize {
  const current = training;
  if (!current) return failure(ErrorCode.NOT_LOADED, 'begin a training first', PROGRESS_PAYLOAD);
  trainSteps(current, maxSteps);
  const result = ok();
  store<u32>(result, current.stepsDone, 8);
  store<u32>(result, current.stepsTotal, 12);
  store<u64>(result, current.examplesSeen, 16);
  store<f64>(result, current.lossSum, 24);
  return result;
}

export function training_finish(): usize {
  const current = training;
  if (!current) return failure(ErrorCode.NOT_LOADED, 'begin a training first');
  const weights = writeWeights(current.network);
  const metrics = allocate(3 * METRIC_BYTES);
  writeMetric(metrics, 'loss', epochLoss(current));
  writeMetric(metrics + METRIC_BYTES, 'steps', <f64>current.stepsDone);
  writeMetric(metrics + 2 * METRIC_BYTES, 'examples', <f64>current.examplesSeen);
  endTraining();
  const result = ok();
  store<usize>(result, weights.pointer, 4);
  store<u32>(result, weights.length, 8);
  store<usize>(result, metrics, 12);
  store<u32>(result, 3, 16);
  return result;
}

/** Mean loss of the examples of the last epoch that was begun, each taken before its step; 0 before the first step. */
function epochLoss(current: Training): f64 {
  if (current.stepsDone === 0) return 0;
  const stepsInEpoch = <i32>((current.stepsDone - 1) % current.stepsPerEpoch) + 1;
  const examples = min(stepsInEpoch * current.batchSize, current.examples);
  return current.epochLossSum / <f64>examples;
}

function writeMetric(at: usize, name: string, value: f64): void {
  writeText(at, name);
  store<f64>(at, value, 8);
}

function endTraining(): void {
  freeTraining(training);
  training = null;
}
