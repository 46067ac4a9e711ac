import { accumulate, addScaled, addScaledDifference, multiplyTransposed, reluBackward } from './kernels';
import { crossEntropy, forwardLayer, softmaxRow } from './forward';
import { freeNetwork, Network, paddedSize } from './network';
import { permute, seedOrder } from './random';

/**
 * A training under way: mini-batch SGD on the mean cross-entropy of each batch. The last batch of an epoch may be
 * shorter; its gradient is the mean over the rows that it has.
 */
@unmanaged
export class Training {
  network: Network;
  origin: Network;
  correction: Network | null;
  features: usize;
  /** i32[examples] */
  labels: usize;
  order: usize;
  examples: i32;
  batchSize: i32;
  learningRate: f32;
  proximal: f32;
  stepsPerEpoch: i32;
  stepsDone: u32;
  stepsTotal: u32;
  examplesSeen: u64;
  lossSum: f64;
  epochLossSum: f64;
  /** usize[layers + 1]: activations of a batch, the first one its features; rows padded. */
  activations: usize;
  deltas: usize;
  nextDeltas: usize;
}

/** Buffers for one batch, and the order of the first epoch. Pointers to examples and networks are set by the caller. */
export function prepare(training: Training, seed: u64): void {
  const network = training.network;
  const rows = <usize>paddedSize(training.batchSize);
  training.activations = heap.alloc((network.layers + 1) << 2);
  for (let layer = 0; layer <= network.layers; layer++) {
    store<usize>(training.activations + (layer << 2), zeroed((rows * network.padded(layer)) << 2));
  }
  training.deltas = zeroed((rows * network.widest) << 2);
  training.nextDeltas = zeroed((rows * network.widest) << 2);
  training.order = heap.alloc(<usize>training.examples << 2);
  seedOrder(seed);
}

export function freeTraining(training: Training | null): void {
  if (!training) return;
  for (let layer = 0; layer <= training.network.layers; layer++) heap.free(activation(training, layer));
  heap.free(training.activations);
  heap.free(training.deltas);
  heap.free(training.nextDeltas);
  heap.free(training.order);
  heap.free(training.features);
  heap.free(training.labels);
  freeNetwork(training.network);
  freeNetwork(training.origin);
  freeNetwork(training.correction);
  heap.free(changetype<usize>(training));
}

export function trainSteps(training: Training, steps: u32): void {
  const last = min(<u64>training.stepsTotal, <u64>training.stepsDone + steps);
  while (<u64>training.stepsDone < last) trainStep(training);
}

function trainStep(training: Training): void {
  const step = <i32>(training.stepsDone % training.stepsPerEpoch);
  if (step === 0) startEpoch(training);
  const first = step * training.batchSize;
  const rows = min(training.batchSize, training.examples - first);
  gather(training, first, rows);
  forward(training, rows);
  const loss = outputDeltas(training, first, rows);
  backward(training, rows);
  training.lossSum += loss;
  training.epochLossSum += loss;
  training.examplesSeen += rows;
  training.stepsDone += 1;
}

function startEpoch(training: Training): void {
  permute(training.order, training.examples);
  training.epochLossSum = 0;
}

function gather(training: Training, first: i32, rows: i32): void {
  const inputs = training.network.inputs;
  const stride = <usize>paddedSize(inputs) << 2;
  const rowBytes = <usize>inputs << 2;
  const batch = activation(training, 0);
  for (let row = 0; row < rows; row++) {
    memory.copy(batch + row * stride, training.features + exampleAt(training, first + row) * rowBytes, rowBytes);
  }
}

function forward(training: Training, rows: i32): void {
  const network = training.network;
  for (let layer = 0; layer < network.layers; layer++) {
    const stride = <usize>network.padded(layer) << 2;
    forwardLayer(network, layer, activation(training, layer), stride, paddedSize(rows), activation(training, layer + 1));
  }
}

/**
 * deltas = −learningRate · (softmax − one-hot) / rows: with the step folded in here, the products of the backward
 * pass are the changes of the weights. Rows beyond the batch become zero. The answer is the sum of the losses.
 */
function outputDeltas(training: Training, first: i32, rows: i32): f64 {
  const network = training.network;
  const classes = network.classes;
  const stride = <usize>network.padded(network.layers) << 2;
  const scores = activation(training, network.layers);
  const scale = -training.learningRate / <f32>rows;
  memory.fill(training.deltas, 0, stride * paddedSize(rows));
  let loss: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const label = load<i32>(training.labels + (exampleAt(training, first + row) << 2));
    const delta = training.deltas + row * stride;
    loss += crossEntropy(scores + row * stride, classes, label);
    softmaxRow(scores + row * stride, delta, classes);
    store<f32>(delta + (label << 2), load<f32>(delta + (label << 2)) - 1);
    for (let index = 0; index < classes; index++) {
      store<f32>(delta + (index << 2), load<f32>(delta + (index << 2)) * scale);
    }
  }
  return loss;
}

function backward(training: Training, rows: i32): void {
  for (let layer = training.network.layers - 1; layer >= 0; layer--) {
    // The deltas of the layer below need the weights as they were in the forward pass.
    if (layer > 0) propagate(training, layer, rows);
    pull(training, layer);
    update(training, layer, rows);
    const spare = training.deltas;
    training.deltas = training.nextDeltas;
    training.nextDeltas = spare;
  }
}

function propagate(training: Training, layer: i32, rows: i32): void {
  const network = training.network;
  const paddedRows = paddedSize(rows);
  const outputs = network.padded(layer + 1);
  const inputs = network.padded(layer);
  const stride = <usize>outputs << 2;
  const inputStride = <usize>inputs << 2;
  const weight = network.weight(layer);
  multiplyTransposed(
    training.nextDeltas, inputStride, training.deltas, stride, weight, stride, paddedRows, inputs, outputs,
  );
  reluBackward(training.nextDeltas, activation(training, layer), inputStride * paddedRows);
}

/** The terms of the gradient that do not come from the examples: proximal · (w − origin) and the correction. */
function pull(training: Training, layer: i32): void {
  const network = training.network;
  const origin = training.origin;
  if (training.proximal !== 0) {
    const factor = -training.learningRate * training.proximal;
    const weight = network.weight(layer);
    const bias = network.bias(layer);
    addScaledDifference(weight, factor, weight, origin.weight(layer), network.weightBytes(layer));
    addScaledDifference(bias, factor, bias, origin.bias(layer), network.biasBytes(layer));
  }
  const correction = training.correction;
  if (correction) {
    addScaled(network.weight(layer), -training.learningRate, correction.weight(layer), network.weightBytes(layer));
    addScaled(network.bias(layer), -training.learningRate, correction.bias(layer), network.biasBytes(layer));
  }
}

/** w += inputᵀ · deltas; the bias takes the sum of the deltas. */
function update(training: Training, layer: i32, rows: i32): void {
  const network = training.network;
  const outputs = network.padded(layer + 1);
  const inputs = network.padded(layer);
  const stride = <usize>outputs << 2;
  const input = activation(training, layer);
  const weight = network.weight(layer);
  accumulate(weight, stride, weight, stride, input, <usize>inputs << 2, 4, training.deltas, stride, rows, inputs, outputs);
  for (let row = 0; row < rows; row++) addScaled(network.bias(layer), 1, training.deltas + row * stride, stride);
}

function activation(training: Training, layer: i32): usize {
  return load<usize>(training.activations + (layer << 2));
}

function exampleAt(training: Training, place: i32): i32 {
  return load<i32>(training.order + (place << 2));
}

function zeroed(bytes: usize): usize {
  const pointer = heap.alloc(bytes);
  memory.fill(pointer, 0, bytes);
  return pointer;
}
