import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** A Dropout node that does not draw is the identity. */
export const dropoutRules: RuleTable = {
  Dropout: { gradient: dropout },
};

function dropout(context: RuleContext): ReturnType<GradientRule> {
  const draws = context.integers(2)?.some((flag) => flag !== 0) ?? false;
  return [draws ? context.refuse('draws its mask in the graph') : context.gradient()];
}
