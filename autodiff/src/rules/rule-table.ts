import { activationRules } from './activations.ts';
import { arithmeticRules } from './arithmetic.ts';
import { dropoutRules } from './dropout.ts';
import { einsumRules } from './einsum.ts';
import { functionRules } from './functions.ts';
import { gatheringRules } from './gathering.ts';
import { lossOperatorRules } from './loss-operators.ts';
import { movementRules } from './movement.ts';
import { productRules } from './products.ts';
import { reductionRules } from './reductions.ts';
import { convolutionRules } from './convolution.ts';
import { normalisationRules } from './normalisations.ts';
import { poolingRules } from './pooling.ts';
import { resizeRules } from './resize.ts';
import type { RuleTable } from './rule.ts';
import { softmaxRules } from './softmax.ts';

/** Every operator that can stand between trainable weights and a loss. */
export const ruleTable: RuleTable = {
  ...activationRules,
  ...arithmeticRules,
  ...dropoutRules,
  ...einsumRules,
  ...functionRules,
  ...gatheringRules,
  ...lossOperatorRules,
  ...movementRules,
  ...productRules,
  ...reductionRules,
  ...convolutionRules,
  ...normalisationRules,
  ...poolingRules,
  ...resizeRules,
  ...softmaxRules,
};
