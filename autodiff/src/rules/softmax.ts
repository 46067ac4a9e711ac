import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Softmax along an axis, and its like. */
export const softmaxRules: RuleTable = {
  Softmax: { gradient: softmax },
  LogSoftmax: { gradient: logSoftmax },
};

/** y·(g − Σ g·y). */
function softmax(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const [gradient, y] = [context.gradient(), context.output().name];
  const sum = emit.reduceSum(emit.mul(gradient, y), [axisOf(context)], true);
  return [emit.mul(y, emit.sub(gradient, sum))];
}

/** g − eʸ·Σ g. */
function logSoftmax(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const gradient = context.gradient();
  const sum = emit.reduceSum(gradient, [axisOf(context)], true);
  return [emit.sub(gradient, emit.mul(emit.op('Exp', [context.output().name]), sum))];
}

function axisOf({ attributes }: RuleContext): number {
  return attributes.int('axis', -1);
}
