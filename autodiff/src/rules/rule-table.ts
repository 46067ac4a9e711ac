import { arithmeticRules } from './arithmetic.ts';
import type { RuleTable } from './rule.ts';

/** Every operator that can stand between trainable weights and a loss. */
export const ruleTable: RuleTable = {
  ...arithmeticRules,
};
