import { encodeModel, GraphBuilder, intAttribute, intsAttribute, modelOf } from '@sedge/autodiff';
import { seededRandomness } from '@sedge/kit';
import { toUtf8 } from '@sedge/protocol';

/** Channels of the two convolutions of 5×5, each followed by a maximum over 2×2, and units of the layer behind them. */
export interface CnnSizes {
  readonly channels: readonly [number, number];
  readonly hidden: number;
}

/** The network of McMahan et al. 2017 for MNIST: 1,663,370 parameters. */
export const FEDAVG_CNN: CnnSizes = { channels: [32, 64], hidden: 512 };

const SIDE = 28;
const KERNEL = 5;
const CLASSES = 10;

/** An ordinary ONNX file: `image` [batch, 1, 28, 28] → `probabilities` [batch, 10]. The same seed gives the same weights. */
export function cnnOnnx({ channels: [first, second], hidden }: CnnSizes, seed: string): Uint8Array {
  const graph = new GraphBuilder('cnn');
  const random = seededRandomness(toUtf8(seed));
  const weight = (name: string, dims: readonly number[], inputs: number): string => {
    // Uniform in ±√(6 / inputs), for layers before a ReLU (He et al. 2015, equation 10, as a uniform distribution).
    const bound = Math.sqrt(6 / inputs);
    const count = dims.reduce((product, size) => product * size, 1);
    return graph.initializer(
      name,
      dims,
      Float32Array.from({ length: count }, () => (2 * random.uniform() - 1) * bound),
    );
  };
  const bias = (name: string, count: number): string => graph.initializer(name, [count], new Float32Array(count));
  const block = (name: string, value: string, inputs: number, outputs: number): string => {
    const kernel = weight(`${name}.weight`, [outputs, inputs, KERNEL, KERNEL], inputs * KERNEL * KERNEL);
    const pads = intsAttribute([2, 2, 2, 2]);
    const scores = graph.node('Conv', [value, kernel, bias(`${name}.bias`, outputs)], { attributes: { pads } });
    const pooling = { kernel_shape: intsAttribute([2, 2]), strides: intsAttribute([2, 2]) };
    return graph.node('MaxPool', [graph.relu(scores)], { attributes: pooling });
  };
  const image = graph.input('image', 'FLOAT', ['batch', 1, SIDE, SIDE]);
  const pictures = block('conv1', block('conv0', image, 1, first), first, second);
  const flat = graph.node('Flatten', [pictures], { attributes: { axis: intAttribute(1) } });
  const inputs = (SIDE / 4) ** 2 * second;
  const dense = graph.gemm(flat, weight('dense.weight', [inputs, hidden], inputs), bias('dense.bias', hidden));
  const out = weight('out.weight', [hidden, CLASSES], hidden);
  const logits = graph.gemm(graph.relu(dense), out, bias('out.bias', CLASSES));
  graph.output(graph.softmax(logits, 'probabilities'), 'FLOAT', ['batch', CLASSES]);
  return encodeModel(modelOf(graph.build()));
}

/** Floating-point operations of one training step: forward, and both gradients but for that of the image. */
export function cnnStepFlop({ channels: [first, second], hidden }: CnnSizes, batch: number): number {
  const convolution = (side: number, inputs: number, outputs: number) => 2 * side ** 2 * inputs * outputs * KERNEL ** 2;
  const toImage = convolution(SIDE, 1, first);
  const dense = 2 * ((SIDE / 4) ** 2 * second * hidden + hidden * CLASSES);
  const forward = toImage + convolution(SIDE / 2, first, second) + dense;
  return batch * (3 * forward - toImage);
}
