import { buildModels } from '@sedge/wasm-models/build';
import { readModel } from '@sedge/wasm-models';
import { float32Tensor, float32Values, type Tensor } from '@sedge/protocol';
import type { DenseLayer, PerceptronExamples } from '../src/reference/perceptron.ts';
import { ExampleOrder } from '../src/reference/example-order.ts';

/** The component of the perceptron, built when its sources have changed. */
export async function mlpComponent(): Promise<Uint8Array> {
  await buildModels();
  return readModel('mlp');
}

/** Numbers in [−1, 1), the same for the same seed. */
export function seededValues(seed: number, count: number): Float32Array<ArrayBuffer> {
  const order = new ExampleOrder(BigInt(seed));
  return Float32Array.from({ length: count }, () => order.next() / 2 ** 31 - 1);
}

/** Layers of the given sizes with values about as large as those that training begins with. */
export function seededLayers(sizes: readonly number[], seed: number): DenseLayer[] {
  return sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index] ?? 0;
    const scale = Math.sqrt(6 / (inputs + outputs));
    const weight = seededValues(seed + index, inputs * outputs).map((value) => value * scale);
    return { inputs, outputs, weight, bias: seededValues(seed + 100 + index, outputs).map((value) => value / 10) };
  });
}

export function seededExamples(sizes: readonly number[], count: number, seed: number): PerceptronExamples {
  const classes = sizes.at(-1) ?? 1;
  const order = new ExampleOrder(BigInt(seed + 7));
  const labels = Array.from({ length: count }, () => order.below(classes));
  return { features: seededValues(seed, count * (sizes[0] ?? 0)), labels };
}

export function layerTensors(layers: readonly DenseLayer[]): Tensor[] {
  return layers.flatMap(({ inputs, outputs, weight, bias }, index) => [
    float32Tensor(`layer${index}.weight`, [inputs, outputs], weight),
    float32Tensor(`layer${index}.bias`, [outputs], bias),
  ]);
}

export function exampleTensors({ features, labels }: PerceptronExamples): Tensor[] {
  const rows = labels.length;
  return [
    float32Tensor('features', [rows, features.length / rows], features),
    { name: 'labels', dataType: 'INT32', shape: [rows], data: new Uint8Array(Int32Array.from(labels).buffer) },
  ];
}

export function largestDifference(left: ArrayLike<number>, right: ArrayLike<number>): number {
  if (left.length !== right.length) return Number.POSITIVE_INFINITY;
  return Array.from(left).reduce((largest, value, index) => {
    const difference = Math.abs(value - (right[index] ?? Number.NaN));
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
  }, 0);
}

/** The values of a tensor that must be there. */
export function valuesOf(tensor: Tensor | undefined): Float32Array {
  if (tensor === undefined) throw new Error('a tensor is missing');
  return float32Values(tensor);
}
