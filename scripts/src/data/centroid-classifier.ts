import { encodeModel, GraphBuilder, modelOf } from '@sedge/autodiff';
import { DIGIT_CLASSES, DIGIT_PIXELS } from './digits-table.ts';
import type { DigitExamples } from './digits.ts';

/** scores = features · weight + bias, weight being [64, 10]. */
export interface LinearClassifier {
  readonly weight: Float32Array<ArrayBuffer>;
  readonly bias: Float32Array<ArrayBuffer>;
}

/**
 * The nearest class mean, without any training: |x − m|² = |x|² − 2·x·m + |m|², and |x|² is the same for every class,
 * so that the largest of 2·x·m − |m|² is the nearest mean.
 */
export function fitCentroids(examples: DigitExamples): LinearClassifier {
  const means = classMeans(examples);
  const weight = new Float32Array(DIGIT_PIXELS * DIGIT_CLASSES);
  const bias = new Float32Array(DIGIT_CLASSES);
  for (const [digit, mean] of means.entries()) {
    for (const [pixel, value] of mean.entries()) weight[pixel * DIGIT_CLASSES + digit] = 2 * value;
    bias[digit] = -mean.reduce((sum, value) => sum + value * value, 0);
  }
  return { weight, bias };
}

function classMeans({ features, labels }: DigitExamples): Float64Array[] {
  const means = Array.from({ length: DIGIT_CLASSES }, () => new Float64Array(DIGIT_PIXELS));
  const counts = new Float64Array(DIGIT_CLASSES);
  for (const [row, label] of labels.entries()) {
    counts[label] = (counts[label] ?? 0) + 1;
    const mean = means[label];
    if (mean === undefined) throw new RangeError(`row ${row} has the label ${label}`);
    for (const pixel of mean.keys()) mean[pixel] = (mean[pixel] ?? 0) + (features[row * DIGIT_PIXELS + pixel] ?? 0);
  }
  return means.map((sum, digit) => sum.map((value) => value / Math.max(1, counts[digit] ?? 0)));
}

/** ONNX bytes: `features` FP32 [batch, 64] with ink 0 to 1, `probabilities` FP32 [batch, 10]. */
export function centroidModel(examples: DigitExamples): Uint8Array<ArrayBuffer> {
  const { weight, bias } = fitCentroids(examples);
  const graph = new GraphBuilder('digit-centroids');
  const features = graph.input('features', 'FLOAT', ['batch', DIGIT_PIXELS]);
  const scores = graph.gemm(
    features,
    graph.initializer('weight', [DIGIT_PIXELS, DIGIT_CLASSES], weight),
    graph.initializer('bias', [DIGIT_CLASSES], bias),
  );
  graph.output(graph.softmax(scores, 'probabilities'), 'FLOAT', ['batch', DIGIT_CLASSES]);
  return encodeModel(modelOf(graph.build()));
}
