import { float32Tensor, float32Values, toUtf8, type Tensor } from '@sedge/protocol';
import { exportMlpOnnx, initialMlpWeights, type DenseLayer } from '@sedge/runtime';
import { readModel } from '@sedge/wasm-models';
import { drawnDigits } from '../../data/drawn-digits.ts';
import { digitsOf } from '../../data/digits.ts';

/** The perceptron of the targets: 784 inputs, 128 hidden units, 10 classes; 101,770 weights. */
export const LAYERS = [784, 128, 10] as const;
const [INPUTS] = LAYERS;

/** One perceptron in the three forms that are compared. */
export interface PerceptronModels {
  readonly component: Uint8Array;
  readonly onnx: Uint8Array;
  readonly weights: readonly Tensor[];
  readonly layers: readonly DenseLayer[];
}

export async function perceptronModels(): Promise<PerceptronModels> {
  const weights = initialMlpWeights(LAYERS, toUtf8('bench'));
  return {
    component: new Uint8Array(await readModel('mlp')),
    onnx: exportMlpOnnx({ weights }),
    weights,
    layers: layersOf(weights),
  };
}

function layersOf(weights: readonly Tensor[]): DenseLayer[] {
  return LAYERS.slice(1).flatMap((outputs, index) => {
    const [weight, bias] = weights.slice(2 * index, 2 * index + 2);
    if (weight === undefined || bias === undefined) return [];
    return [{ inputs: LAYERS[index] ?? 0, outputs, weight: float32Values(weight), bias: float32Values(bias) }];
  });
}

export interface Rows {
  readonly features: Tensor;
  readonly values: Float32Array<ArrayBuffer>;
  readonly labels: readonly number[];
}

/** Drawn digits of 8×8, each spread over a row of 784: real numbers of ink, not zeros that a processor might skip. */
export function rowsOf(count: number): Rows {
  const { train } = digitsOf(drawnDigits('bench'));
  const values = Float32Array.from(
    { length: count * INPUTS },
    (_, index) => train.features[index % train.features.length] ?? 0,
  );
  const labels = Array.from({ length: count }, (_, row) => train.labels[row] ?? 0);
  return { features: float32Tensor('features', [count, INPUTS], values), values, labels };
}

export function labelTensor(labels: readonly number[]): Tensor {
  return { name: 'labels', dataType: 'UINT8', shape: [labels.length], data: Uint8Array.from(labels) };
}
