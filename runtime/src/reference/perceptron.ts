import { ExampleOrder } from './example-order.ts';

/** One dense layer: `weight` is [inputs, outputs], row-major. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

export interface PerceptronTraining {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: bigint;
  /** FedProx: mu. */
  readonly proximal?: number;
  /** SCAFFOLD: added to the gradient. */
  readonly correction?: readonly DenseLayer[];
}

export interface PerceptronExamples {
  /** [examples, inputs], row-major */
  readonly features: Float32Array;
  readonly labels: ArrayLike<number>;
}

/**
 * The plain version of what the WebAssembly perceptron does, for tests and as a baseline: dense layers with ReLU
 * between them, softmax at the end. Answers probabilities [rows, classes]; sums are float64, stored as float32.
 */
export function classify(layers: readonly DenseLayer[], features: Float32Array): Float32Array {
  const activations = forward(layers, features);
  return softmax(activations.at(-1) ?? features, layers.at(-1)?.outputs ?? 1);
}

/** Mini-batch SGD on copies of the layers. Each batch takes the mean gradient of the rows that it has. */
export function trainPerceptron(
  origin: readonly DenseLayer[],
  { features, labels }: PerceptronExamples,
  config: PerceptronTraining,
): { readonly layers: DenseLayer[]; readonly lossSum: number } {
  const layers = origin.map((layer) => ({ ...layer, weight: layer.weight.slice(), bias: layer.bias.slice() }));
  const order = new ExampleOrder(config.seed);
  const inputs = origin[0]?.inputs ?? 0;
  let lossSum = 0;
  for (let epoch = 0; epoch < config.epochs; epoch++) {
    const permutation = order.permutation(labels.length);
    for (let first = 0; first < labels.length; first += config.batchSize) {
      const rows = permutation.subarray(first, first + config.batchSize);
      const batch = gather(features, inputs, rows);
      lossSum += trainBatch(layers, origin, batch, rowLabels(labels, rows), config);
    }
  }
  return { layers, lossSum };
}

function trainBatch(
  layers: readonly DenseLayer[],
  origin: readonly DenseLayer[],
  features: Float32Array,
  labels: readonly number[],
  config: PerceptronTraining,
): number {
  const activations = forward(layers, features);
  const classes = layers.at(-1)?.outputs ?? 1;
  const probabilities = softmax(activations.at(-1) ?? features, classes);
  const loss = crossEntropy(activations.at(-1) ?? features, labels, classes);
  let deltas = outputDeltas(probabilities, labels, classes);
  for (let index = layers.length - 1; index >= 0; index--) {
    const [layer, start, input] = [layers[index], origin[index], activations[index]];
    if (layer === undefined || start === undefined || input === undefined) break;
    const lower = index > 0 ? propagate(layer, deltas, input) : deltas;
    step(layer, start, config.correction?.[index], gradient(layer, input, deltas, labels.length), config);
    deltas = lower;
  }
  return loss;
}

/** The features, and the output of every layer. */
function forward(layers: readonly DenseLayer[], features: Float32Array): Float32Array[] {
  const activations = [features];
  layers.forEach((layer, index) => {
    const scores = affine(layer, activations[index] ?? features);
    activations.push(index + 1 < layers.length ? scores.map((value) => Math.max(value, 0)) : scores);
  });
  return activations;
}

function affine({ inputs, outputs, weight, bias }: DenseLayer, features: Float32Array): Float32Array {
  const out = new Float32Array((features.length / inputs) * outputs);
  const sums = new Float64Array(outputs);
  for (let row = 0; row * inputs < features.length; row++) {
    sums.set(bias);
    addWeightedRows(sums, features, row * inputs, 1, weight, inputs);
    out.set(sums, row * outputs);
  }
  return out;
}

/**
 * target[j] += Σ factor · values[row, j] over the rows of a matrix as wide as the target; factors lie `factorStep`
 * apart. Four rows at a time: the usual way to keep loads and stores of the target from taking most of the time.
 */
function addWeightedRows(
  target: Float64Array,
  factors: Float32Array,
  factorStart: number,
  factorStep: number,
  values: Float32Array,
  rows: number,
): void {
  const width = target.length;
  const factor = (row: number): number => (row < rows ? at(factors, factorStart + row * factorStep) : 0);
  for (let row = 0; row < rows; row += 4) {
    const [f0, f1, f2, f3] = [factor(row), factor(row + 1), factor(row + 2), factor(row + 3)];
    const r0 = row * width;
    // Rows beyond the last one have the factor 0; the last row stands in for their values.
    const [r1, r2, r3] = [1, 2, 3].map((next) => Math.min(row + next, rows - 1) * width) as [number, number, number];
    for (let j = 0; j < width; j++) {
      target[j] =
        (target[j] as number) +
        f0 * (values[r0 + j] as number) +
        f1 * (values[r1 + j] as number) +
        f2 * (values[r2 + j] as number) +
        f3 * (values[r3 + j] as number);
    }
  }
}

function softmax(scores: Float32Array, classes: number): Float32Array {
  const probabilities = new Float32Array(scores.length);
  for (let row = 0; row < scores.length; row += classes) {
    const values = scores.subarray(row, row + classes);
    const largest = Math.max(...values);
    const powers = Array.from(values, (value) => Math.exp(value - largest));
    const sum = powers.reduce((total, power) => total + power, 0);
    powers.forEach((power, index) => {
      probabilities[row + index] = power / sum;
    });
  }
  return probabilities;
}

function crossEntropy(scores: Float32Array, labels: readonly number[], classes: number): number {
  return labels.reduce((loss, label, row) => {
    const values = scores.subarray(row * classes, (row + 1) * classes);
    const largest = Math.max(...values);
    const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
    return loss + Math.log(sum) + largest - at(values, label);
  }, 0);
}

/** The gradient of the mean cross-entropy by the scores: (softmax − one-hot) / rows. */
function outputDeltas(probabilities: Float32Array, labels: readonly number[], classes: number): Float32Array {
  return probabilities.map((probability, index) => {
    const isLabel = labels[Math.floor(index / classes)] === index % classes;
    return (probability - (isLabel ? 1 : 0)) / labels.length;
  });
}

function propagate({ inputs, outputs, weight }: DenseLayer, deltas: Float32Array, input: Float32Array): Float32Array {
  return input.map((activation, index) => {
    if (activation <= 0) return 0;
    const row = Math.floor(index / inputs) * outputs;
    const k = (index % inputs) * outputs;
    let sum = 0;
    for (let j = 0; j < outputs; j++) sum += (deltas[row + j] as number) * (weight[k + j] as number);
    return sum;
  });
}

interface Gradient {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

function gradient({ inputs, outputs }: DenseLayer, input: Float32Array, deltas: Float32Array, rows: number): Gradient {
  const weight = new Float64Array(inputs * outputs);
  const bias = new Float64Array(outputs);
  for (let k = 0; k < inputs; k++) {
    addWeightedRows(weight.subarray(k * outputs, (k + 1) * outputs), input, k, inputs, deltas, rows);
  }
  addWeightedRows(bias, new Float32Array(rows).fill(1), 0, 1, deltas, rows);
  return { weight, bias };
}

function step(
  layer: DenseLayer,
  origin: DenseLayer,
  correction: DenseLayer | undefined,
  by: Gradient,
  { learningRate, proximal = 0 }: PerceptronTraining,
): void {
  for (const part of ['weight', 'bias'] as const) {
    layer[part].forEach((value, index) => {
      const pull = proximal * (value - at(origin[part], index)) + (correction ? at(correction[part], index) : 0);
      layer[part][index] = value - learningRate * (at(by[part], index) + pull);
    });
  }
}

function gather(features: Float32Array, inputs: number, rows: Int32Array): Float32Array {
  const batch = new Float32Array(rows.length * inputs);
  rows.forEach((row, index) => batch.set(features.subarray(row * inputs, (row + 1) * inputs), index * inputs));
  return batch;
}

function rowLabels(labels: ArrayLike<number>, rows: Int32Array): number[] {
  return Array.from(rows, (row) => at(labels, row));
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN;
}
