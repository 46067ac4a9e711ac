import { sigmoidCrossEntropy, softmaxCrossEntropy } from './cross-entropy.ts';
import type { Loss, LossName } from './loss.ts';
import { huber, meanAbsolute, meanSquared } from './regression.ts';

export const losses: Readonly<Record<LossName, Loss>> = {
  'softmax-cross-entropy': softmaxCrossEntropy,
  'sigmoid-cross-entropy': sigmoidCrossEntropy,
  'mean-squared': meanSquared,
  'mean-absolute': meanAbsolute,
  huber,
};
