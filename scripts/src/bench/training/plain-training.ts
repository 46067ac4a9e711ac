import type { DenseLayer } from '@sedge/runtime';

export interface PlainJob {
  readonly layers: readonly DenseLayer[];
  readonly features: Float32Array;
  readonly labels: readonly number[];
  readonly batch: number;
  readonly learningRate: number;
}

/**
 * One epoch of SGD in loops over typed arrays, as somebody writes them who has no library: the yardstick that is called
 * plain TypeScript. Answers the loss of the last step before its update.
 */
export function plainEpoch({ layers: start, features, labels, batch, learningRate }: PlainJob): number {
  const layers = start.map((layer) => ({ ...layer, weight: layer.weight.slice(), bias: layer.bias.slice() }));
  const width = features.length / labels.length;
  let loss = Number.NaN;
  for (let first = 0; first + batch <= labels.length; first += batch) {
    const inputs = features.subarray(first * width, (first + batch) * width);
    loss = plainStep(layers, inputs, labels.slice(first, first + batch), learningRate);
  }
  return loss;
}

function plainStep(layers: DenseLayer[], inputs: Float32Array, labels: readonly number[], rate: number): number {
  const rows = labels.length;
  const activations = [inputs];
  layers.forEach((layer, index) => {
    const isLast = index === layers.length - 1;
    activations.push(forward(layer, activations[index] as Float32Array, rows, !isLast));
  });
  const { deltas: atOutput, loss } = softmaxDeltas(activations.pop() as Float32Array, labels);
  let deltas = atOutput;
  for (const layer of layers.toReversed()) {
    const below = activations.pop() as Float32Array;
    const next = activations.length > 0 ? backward(layer, deltas, below, rows) : deltas;
    update(layer, deltas, below, rows, rate);
    deltas = next;
  }
  return loss;
}

function forward({ inputs, outputs, weight, bias }: DenseLayer, values: Float32Array, rows: number, gate: boolean) {
  const result = new Float32Array(rows * outputs);
  for (let row = 0; row < rows; row++) {
    const to = row * outputs;
    result.set(bias, to);
    for (let i = 0; i < inputs; i++) {
      const value = values[row * inputs + i] as number;
      if (value === 0) continue;
      const from = i * outputs;
      for (let o = 0; o < outputs; o++)
        result[to + o] = (result[to + o] as number) + value * (weight[from + o] as number);
    }
  }
  if (gate) for (let at = 0; at < result.length; at++) if ((result[at] as number) < 0) result[at] = 0;
  return result;
}

/** (softmax − one-hot) / rows, in the place of the scores. */
function softmaxDeltas(scores: Float32Array, labels: readonly number[]): { deltas: Float32Array; loss: number } {
  const rows = labels.length;
  const classes = scores.length / rows;
  let loss = 0;
  labels.forEach((label, row) => {
    const values = scores.subarray(row * classes, (row + 1) * classes);
    let largest = Number.NEGATIVE_INFINITY;
    for (const value of values) largest = Math.max(largest, value);
    let sum = 0;
    for (const value of values) sum += Math.exp(value - largest);
    loss += Math.log(sum) + largest - (values[label] as number);
    for (let c = 0; c < classes; c++) {
      values[c] = (Math.exp((values[c] as number) - largest) / sum - (c === label ? 1 : 0)) / rows;
    }
  });
  return { deltas: scores, loss: loss / rows };
}

function backward({ inputs, outputs, weight }: DenseLayer, deltas: Float32Array, below: Float32Array, rows: number) {
  const result = new Float32Array(rows * inputs);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < inputs; i++) {
      if ((below[row * inputs + i] as number) <= 0) continue;
      let sum = 0;
      for (let o = 0; o < outputs; o++)
        sum += (deltas[row * outputs + o] as number) * (weight[i * outputs + o] as number);
      result[row * inputs + i] = sum;
    }
  }
  return result;
}

function update(layer: DenseLayer, deltas: Float32Array, below: Float32Array, rows: number, rate: number): void {
  const { inputs, outputs, weight, bias } = layer;
  for (let row = 0; row < rows; row++) {
    const from = row * outputs;
    for (let o = 0; o < outputs; o++) bias[o] = (bias[o] as number) - rate * (deltas[from + o] as number);
    for (let i = 0; i < inputs; i++) {
      const factor = rate * (below[row * inputs + i] as number);
      if (factor === 0) continue;
      const to = i * outputs;
      for (let o = 0; o < outputs; o++)
        weight[to + o] = (weight[to + o] as number) - factor * (deltas[from + o] as number);
    }
  }
}
