import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Reductions along axes. */
export const reductionRules: RuleTable = {
  ReduceL1: { gradient: ofInput(({ emit }, x) => emit.op('Sign', [x])) },
  ReduceL2: { gradient: ofInput(overNorm) },
  ReduceLogSum: { gradient: ofInput(({ emit }, _x, y) => emit.op('Exp', [emit.neg(y)])) },
  ReduceLogSumExp: { gradient: ofInput(({ emit }, x, y) => emit.op('Exp', [emit.sub(x, y)])) },
  ReduceProd: { gradient: ofInput(productOfOthers) },
  ReduceSumSquare: { gradient: ofInput(({ emit }, x) => emit.scale(x, 2)) },
  ReduceSum: { gradient: reduceSum },
  ReduceMean: { gradient: reduceMean },
  ReduceMax: { gradient: reduceExtreme },
  ReduceMin: { gradient: reduceExtreme },
};

/** The axes that a reduction sums over: none named means all, or none with `noop_with_empty_axes`. */
export function reducedAxes(context: RuleContext): number[] {
  const { dims } = context.input(0);
  const axes = context.integers(1) ?? [];
  if (axes.length > 0) return axes.map((axis) => (axis < 0 ? axis + dims.length : axis)).sort((a, b) => a - b);
  return context.attributes.int('noop_with_empty_axes', 0) === 0 ? Array.from(dims.keys()) : [];
}

/** A value of the result's shape with the reduced axes put back, each of size 1. */
export function withReducedAxes(context: RuleContext, value: string): string {
  if (context.attributes.int('keepdims', 1) !== 0) return value;
  const axes = new Set(reducedAxes(context));
  const dims = context.input(0).dims.map((size, axis) => (axes.has(axis) ? 1 : size));
  return context.emit.reshape(value, dims);
}

export function reducedCount(context: RuleContext): number {
  const { dims } = context.input(0);
  return reducedAxes(context).reduce((product, axis) => product * (dims[axis] ?? 1), 1);
}

function reduceSum(context: RuleContext): ReturnType<GradientRule> {
  return [context.emit.expand(withReducedAxes(context, context.gradient()), context.input(0).dims)];
}

function reduceMean(context: RuleContext): ReturnType<GradientRule> {
  const part = context.emit.scale(withReducedAxes(context, context.gradient()), 1 / reducedCount(context));
  return [context.emit.expand(part, context.input(0).dims)];
}

/** Values that are equally extreme share the gradient in equal parts. */
function reduceExtreme(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const axes = reducedAxes(context);
  const result = withReducedAxes(context, context.output().name);
  const gate = emit.cast(emit.op('Equal', [context.input(0).name, result]), 'FLOAT');
  const part = emit.div(withReducedAxes(context, context.gradient()), emit.reduceSum(gate, axes, true));
  return [emit.mul(gate, part)];
}

/** The result's gradient times a slope that is written from the input and the result, both with all axes. */
function ofInput(slope: (context: RuleContext, x: string, y: string) => string): GradientRule {
  return (context) => {
    const y = withReducedAxes(context, context.output().name);
    const product = context.emit.mul(
      withReducedAxes(context, context.gradient()),
      slope(context, context.input(0).name, y),
    );
    return [context.emit.expand(product, context.input(0).dims)];
  };
}

/** x/y, and 0 where all values are zero: there the norm has a kink. */
function overNorm({ emit }: RuleContext, x: string, y: string): string {
  const divisor = emit.where(emit.op('Equal', [y, emit.scalar(0)]), emit.scalar(1), y);
  return emit.div(x, divisor);
}

/** The product divided by the value; where one value is zero, only that one has a slope, and with two none has. */
function productOfOthers(context: RuleContext, x: string): string {
  const { emit } = context;
  const axes = reducedAxes(context);
  const isZero = emit.op('Equal', [x, emit.scalar(0)]);
  const others = emit.where(isZero, emit.scalar(1), x);
  const zeros = emit.cast(isZero, 'FLOAT');
  const counts = emit.op('Equal', [emit.reduceSum(zeros, axes, true), zeros]);
  const quotient = emit.div(emit.reduce('ReduceProd', others, axes, true), others);
  return emit.mul(quotient, emit.cast(counts, 'FLOAT'));
}
