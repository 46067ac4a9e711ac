import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';
import { toShapeOf } from './broadcast.ts';

/** Functions of one value between the layers of a network: gradient times derivative. */
export const activationRules: RuleTable = {
  Relu: { gradient: derivative(relu) },
  LeakyRelu: { gradient: derivative(leakyRelu) },
  PRelu: { gradient: pRelu },
  ThresholdedRelu: { gradient: derivative(thresholdedRelu) },
  Elu: { gradient: derivative(elu) },
  Celu: { gradient: derivative(celu) },
  Selu: { gradient: derivative(selu) },
  Clip: { gradient: clip },
  HardSigmoid: { gradient: derivative(hardSigmoid) },
  HardSwish: { gradient: derivative(hardSwish) },
  Sigmoid: { gradient: derivative(sigmoid) },
  Tanh: { gradient: derivative(tanh) },
  Softplus: { gradient: derivative(({ emit }, x) => emit.op('Sigmoid', [x])) },
  Softsign: { gradient: derivative(softsign) },
  Gelu: { gradient: derivative(gelu) },
  Mish: { gradient: derivative(mish) },
  Erf: { gradient: derivative(erf) },
  Shrink: { gradient: derivative(shrink) },
};

type Derivative = (context: RuleContext, x: string, y: string) => string;

function derivative(of: Derivative): GradientRule {
  return (context) => {
    const slope = of(context, context.input(0).name, context.output().name);
    return [context.emit.mul(context.gradient(), slope)];
  };
}

function isPositive({ emit }: RuleContext, x: string): string {
  return emit.op('Greater', [x, emit.scalar(0)]);
}

function step(context: RuleContext, condition: string): string {
  return context.emit.cast(condition, 'FLOAT');
}

/** One inside an open interval, zero outside. */
function window(context: RuleContext, x: string, low: string, high: string): string {
  const { emit } = context;
  return step(context, emit.op('And', [emit.op('Greater', [x, low]), emit.op('Less', [x, high])]));
}

function relu(context: RuleContext, _x: string, y: string): string {
  return step(context, isPositive(context, y));
}

function leakyRelu(context: RuleContext, x: string): string {
  const { emit, attributes } = context;
  return emit.where(isPositive(context, x), emit.scalar(1), emit.scalar(attributes.float('alpha', 0.01)));
}

function pRelu(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const [x, slope] = [context.input(0), context.input(1)];
  const gradient = context.gradient();
  const positive = isPositive(context, x.name);
  const ofX = emit.where(positive, gradient, emit.mul(gradient, slope.name));
  if (!context.wants(1)) return [ofX];
  const ofSlope = emit.where(positive, emit.scalar(0), emit.mul(gradient, x.name));
  return [ofX, toShapeOf(emit, ofSlope, context.output(), slope)];
}

function thresholdedRelu(context: RuleContext, x: string): string {
  const { emit, attributes } = context;
  return step(context, emit.op('Greater', [x, emit.scalar(attributes.float('alpha', 1))]));
}

/** Below zero y = α(eˣ − 1), whose slope is y + α. */
function elu(context: RuleContext, x: string, y: string): string {
  const { emit, attributes } = context;
  return emit.where(isPositive(context, x), emit.scalar(1), emit.add(y, emit.scalar(attributes.float('alpha', 1))));
}

/** Below zero y = α(e^(x/α) − 1), whose slope is y/α + 1. */
function celu(context: RuleContext, x: string, y: string): string {
  const { emit, attributes } = context;
  const below = emit.add(emit.scale(y, 1 / attributes.float('alpha', 1)), emit.scalar(1));
  return emit.where(isPositive(context, x), emit.scalar(1), below);
}

/** The defaults are those of the operator: the fixed point of Klambauer et al. 2017, arXiv:1706.02515. */
function selu(context: RuleContext, x: string, y: string): string {
  const { emit, attributes } = context;
  const alpha = attributes.float('alpha', 1.67326319217681884765625);
  const gamma = attributes.float('gamma', 1.05070102214813232421875);
  return emit.where(isPositive(context, x), emit.scalar(gamma), emit.add(y, emit.scalar(alpha * gamma)));
}

function clip(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const x = context.input(0).name;
  const limits = [
    ['GreaterOrEqual', context.optionalInput(1)],
    ['LessOrEqual', context.optionalInput(2)],
  ] as const;
  const conditions = limits.flatMap(([compare, limit]) => (limit ? [emit.op(compare, [x, limit.name])] : []));
  const inside = conditions.map((condition) => step(context, condition));
  return [inside.reduce((gradient, gate) => emit.mul(gradient, gate), context.gradient())];
}

function hardSigmoid(context: RuleContext, _x: string, y: string): string {
  const { emit, attributes } = context;
  return emit.scale(window(context, y, emit.scalar(0), emit.scalar(1)), attributes.float('alpha', Math.fround(0.2)));
}

/** x·clip(x/6 + 1/2, 0, 1): from -3 to 3 the slope is x/3 + 1/2. */
function hardSwish(context: RuleContext, x: string): string {
  const { emit } = context;
  const middle = emit.add(emit.scale(x, 1 / 3), emit.scalar(0.5));
  const above = emit.where(emit.op('Less', [x, emit.scalar(3)]), middle, emit.scalar(1));
  return emit.where(emit.op('Greater', [x, emit.scalar(-3)]), above, emit.scalar(0));
}

function sigmoid({ emit }: RuleContext, _x: string, y: string): string {
  return emit.mul(y, emit.sub(emit.scalar(1), y));
}

function tanh({ emit }: RuleContext, _x: string, y: string): string {
  return emit.sub(emit.scalar(1), emit.mul(y, y));
}

/** 1/(1 + |x|)². */
function softsign({ emit }: RuleContext, x: string): string {
  const root = emit.op('Reciprocal', [emit.add(emit.scalar(1), emit.op('Abs', [x]))]);
  return emit.mul(root, root);
}

function gelu(context: RuleContext, x: string): string {
  return context.attributes.text('approximate', 'none') === 'tanh' ? geluTanh(context, x) : geluExact(context, x);
}

/** Φ(x) + x·φ(x), with the normal distribution's Φ and density φ. */
function geluExact({ emit }: RuleContext, x: string): string {
  const erfOfX = emit.op('Erf', [emit.scale(x, Math.SQRT1_2)]);
  const cumulative = emit.scale(emit.add(erfOfX, emit.scalar(1)), 0.5);
  const density = emit.scale(emit.op('Exp', [emit.scale(emit.mul(x, x), -0.5)]), 1 / Math.sqrt(2 * Math.PI));
  return emit.add(cumulative, emit.mul(x, density));
}

/** Of x/2·(1 + tanh u), u = √(2/π)·(x + 0.044715·x³). */
function geluTanh({ emit }: RuleContext, x: string): string {
  const factor = Math.sqrt(2 / Math.PI);
  const square = emit.mul(x, x);
  const u = emit.mul(x, emit.add(emit.scale(square, 0.044715 * factor), emit.scalar(factor)));
  const t = emit.op('Tanh', [u]);
  const slopeOfU = emit.add(emit.scale(square, 3 * 0.044715 * factor), emit.scalar(factor));
  const slopeOfT = emit.sub(emit.scalar(1), emit.mul(t, t));
  const sum = emit.add(emit.add(emit.scalar(1), t), emit.mul(x, emit.mul(slopeOfT, slopeOfU)));
  return emit.scale(sum, 0.5);
}

/** x·t with t = tanh(softplus x): t + x·(1 − t²)·sigmoid(x). */
function mish({ emit }: RuleContext, x: string): string {
  const t = emit.op('Tanh', [emit.op('Softplus', [x])]);
  const slopeOfT = emit.mul(emit.sub(emit.scalar(1), emit.mul(t, t)), emit.op('Sigmoid', [x]));
  return emit.add(t, emit.mul(x, slopeOfT));
}

function erf({ emit }: RuleContext, x: string): string {
  return emit.scale(emit.op('Exp', [emit.neg(emit.mul(x, x))]), 2 / Math.sqrt(Math.PI));
}

function shrink(context: RuleContext, x: string): string {
  const { emit, attributes } = context;
  const magnitude = emit.op('Abs', [x]);
  return step(context, emit.op('Greater', [magnitude, emit.scalar(attributes.float('lambd', 0.5))]));
}
