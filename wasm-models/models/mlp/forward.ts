import { accumulate, accumulateRow, relu } from './kernels';
import { Network } from './network';

/**
 * One layer for all rows: out = in · W + b, and ReLU unless it is the last one.
 * `out` has rows of the padded output size; `inputStride` is in bytes and may be that of an unpadded matrix.
 */
export function forwardLayer(network: Network, layer: i32, input: usize, inputStride: usize, rows: i32, out: usize): void {
  const columns = network.padded(layer + 1);
  const stride = <usize>columns << 2;
  const count = network.size(layer);
  const weight = network.weight(layer);
  const bias = network.bias(layer);
  const blockRows = rows & ~3;
  accumulate(out, stride, bias, 0, input, 4, inputStride, weight, stride, count, blockRows, columns);
  for (let row = blockRows; row < rows; row++) {
    accumulateRow(out + row * stride, bias, input + row * inputStride, weight, stride, count, columns);
  }
  if (layer + 1 < network.layers) relu(out, stride * rows);
}

/** Softmax of one row of scores, with the largest score taken off first so that exp cannot overflow. */
export function softmaxRow(scores: usize, probabilities: usize, classes: i32): void {
  const largest = largestOf(scores, classes);
  let sum: f32 = 0;
  for (let index = 0; index < classes; index++) {
    const value = Mathf.exp(load<f32>(scores + (index << 2)) - largest);
    store<f32>(probabilities + (index << 2), value);
    sum += value;
  }
  for (let index = 0; index < classes; index++) {
    store<f32>(probabilities + (index << 2), load<f32>(probabilities + (index << 2)) / sum);
  }
}

/** Cross-entropy of one row of scores: log Σ exp(score) − score of the label, in float64. */
export function crossEntropy(scores: usize, classes: i32, label: i32): f64 {
  const largest = <f64>largestOf(scores, classes);
  let sum: f64 = 0;
  for (let index = 0; index < classes; index++) sum += Math.exp(<f64>load<f32>(scores + (index << 2)) - largest);
  return Math.log(sum) + largest - <f64>load<f32>(scores + (label << 2));
}

function largestOf(scores: usize, classes: i32): f32 {
  let largest = load<f32>(scores);
  for (let index = 1; index < classes; index++) largest = max(largest, load<f32>(scores + (index << 2)));
  return largest;
}
