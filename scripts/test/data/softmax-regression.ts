import { DIGIT_CLASSES, DIGIT_PIXELS } from '../../src/data/digits-table.ts';
import type { DigitExamples } from '../../src/data/digits.ts';
import type { LinearClassifier } from '../../src/data/centroid-classifier.ts';

/** Scores of one row, float64. */
export function scoresOf({ weight, bias }: LinearClassifier, features: Float32Array, row: number): number[] {
  return Array.from(bias, (start, digit) => {
    let score = start;
    for (let pixel = 0; pixel < DIGIT_PIXELS; pixel += 1) {
      score += (features[row * DIGIT_PIXELS + pixel] ?? 0) * (weight[pixel * DIGIT_CLASSES + digit] ?? 0);
    }
    return score;
  });
}

/** Share of the rows whose largest score is at their label. */
export function accuracyOf(model: LinearClassifier, { features, labels, rows }: DigitExamples): number {
  let right = 0;
  for (let row = 0; row < rows; row += 1) {
    const scores = scoresOf(model, features, row);
    if (scores.indexOf(Math.max(...scores)) === labels[row]) right += 1;
  }
  return right / rows;
}

/** Softmax regression by plain stochastic gradient descent, one row at a time in their order. */
export function trainSoftmax(examples: DigitExamples, epochs: number, learningRate: number): LinearClassifier {
  const model = { weight: new Float32Array(DIGIT_PIXELS * DIGIT_CLASSES), bias: new Float32Array(DIGIT_CLASSES) };
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    for (let row = 0; row < examples.rows; row += 1) descend(model, examples, row, learningRate);
  }
  return model;
}

function descend(model: LinearClassifier, { features, labels }: DigitExamples, row: number, rate: number): void {
  const scores = scoresOf(model, features, row);
  const highest = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - highest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  for (const [digit, value] of exponentials.entries()) {
    const step = rate * (value / sum - (labels[row] === digit ? 1 : 0));
    model.bias[digit] = (model.bias[digit] ?? 0) - step;
    for (let pixel = 0; pixel < DIGIT_PIXELS; pixel += 1) {
      const at = pixel * DIGIT_CLASSES + digit;
      model.weight[at] = (model.weight[at] ?? 0) - step * (features[row * DIGIT_PIXELS + pixel] ?? 0);
    }
  }
}
