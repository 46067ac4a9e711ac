import { encodeModel, GraphBuilder, modelOf } from '@sedge/autodiff';
import { seededRandomness } from '@sedge/kit';
import { toUtf8, type Tensor } from '@sedge/protocol';
import { exportMlpOnnx, initialMlpWeights } from '@sedge/runtime';
import { DIGIT_CLASSES, DIGIT_PIXELS } from '../../src/data/digits-table.ts';

/** Weights of a perceptron for drawn digits that has learnt nothing. */
function untrainedWeights(seed: string, classes: number): Tensor[] {
  return initialMlpWeights([DIGIT_PIXELS, 32, classes], toUtf8(seed));
}

export function perceptronFile(seed: string, classes = DIGIT_CLASSES): Uint8Array<ArrayBuffer> {
  return new Uint8Array(exportMlpOnnx({ weights: untrainedWeights(seed, classes) }));
}

/** A classifier that ends in an operator without a gradient. */
export function hardFile(): Uint8Array<ArrayBuffer> {
  const random = seededRandomness('hard');
  const graph = new GraphBuilder('hard');
  const features = graph.input('features', 'FLOAT', ['batch', DIGIT_PIXELS]);
  const values = Float32Array.from({ length: DIGIT_PIXELS * DIGIT_CLASSES }, () => random.uniform() - 0.5);
  const scores = graph.node('MatMul', [features, graph.initializer('weight', [DIGIT_PIXELS, DIGIT_CLASSES], values)]);
  graph.output(graph.node('Hardmax', [scores], { outputs: ['chosen'] }), 'FLOAT', ['batch', DIGIT_CLASSES]);
  return encodeModel(modelOf(graph.build()));
}
