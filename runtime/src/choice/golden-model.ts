import { encodeModel, GraphBuilder, modelOf } from '@sedge/autodiff/files';
import { seededRandomness } from '@sedge/kit';
import { float32Tensor, type Tensor } from '@sedge/protocol/core';
import { convolve, dense, softmax } from './plain-layers.ts';

/** A small model of known answer: whoever answers otherwise may not run the models of others. */
export interface GoldenModel {
  readonly artifact: Uint8Array;
  readonly input: Tensor;
  readonly expected: Tensor;
}

/** Large enough to pass through the vectorised loops of an engine, with ends that fill no vector. */
const SIZE = { channels: 3, side: 12, filters: 9, kernel: 3, classes: 10 } as const;
const OUTPUT_SIDE = SIZE.side - SIZE.kernel + 1;
const FEATURES = SIZE.filters * OUTPUT_SIDE * OUTPUT_SIDE;

interface Weights {
  readonly filters: Float32Array;
  readonly filterBias: Float32Array;
  readonly dense: Float32Array;
  readonly denseBias: Float32Array;
}

/** softmax(relu(conv(x)) · W + b): the engine gets the graph, the expected answer comes from plain loops. */
export function goldenModel(): GoldenModel {
  const random = seededRandomness('golden model');
  const draw = (count: number, scale: number): Float32Array =>
    Float32Array.from({ length: count }, () => (2 * random.uniform() - 1) * scale);
  const weights = {
    filters: draw(SIZE.filters * SIZE.channels * SIZE.kernel ** 2, 1),
    filterBias: draw(SIZE.filters, 1),
    dense: draw(FEATURES * SIZE.classes, 0.1),
    denseBias: draw(SIZE.classes, 1),
  };
  const values = draw(SIZE.channels * SIZE.side ** 2, 1);
  return {
    artifact: encodeModel(modelOf(graphOf(weights))),
    input: float32Tensor('x', [1, SIZE.channels, SIZE.side, SIZE.side], values),
    expected: float32Tensor('probabilities', [1, SIZE.classes], answerOf(weights, values)),
  };
}

function graphOf(weights: Weights): ReturnType<GraphBuilder['build']> {
  const { channels, side, filters, kernel, classes } = SIZE;
  const graph = new GraphBuilder('golden');
  const x = graph.input('x', 'FLOAT', [1, channels, side, side]);
  const w = graph.initializer('filters', [filters, channels, kernel, kernel], weights.filters);
  const b = graph.initializer('filterBias', [filters], weights.filterBias);
  const features = graph.node('Flatten', [graph.relu(graph.node('Conv', [x, w, b]))]);
  const matrix = graph.initializer('dense', [FEATURES, classes], weights.dense);
  const offset = graph.initializer('denseBias', [classes], weights.denseBias);
  const probabilities = graph.softmax(graph.gemm(features, matrix, offset), 'probabilities');
  graph.output(probabilities, 'FLOAT', [1, classes]);
  return graph.build();
}

function answerOf(weights: Weights, values: Float32Array): number[] {
  const image = { channels: SIZE.channels, side: SIZE.side, values };
  const kernels = { count: SIZE.filters, side: SIZE.kernel, values: weights.filters, bias: weights.filterBias };
  const features = convolve(image, kernels).map((value) => Math.max(0, value));
  return softmax(dense(features, weights.dense, weights.denseBias));
}
