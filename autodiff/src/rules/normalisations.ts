import { unbroadcast } from './broadcast.ts';
import type { Emitter } from './emitter.ts';
import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Layers that bring values to mean zero and variance one. */
export const normalisationRules: RuleTable = {
  BatchNormalization: { gradient: batchNormalization },
  LayerNormalization: { gradient: layerNormalization },
};

/** A value brought to mean zero and variance one along some axes. */
export interface Standardised {
  readonly values: string;
  /** 1/√(variance + ε). */
  readonly inverseDeviation: string;
}

export function standardise(emit: Emitter, x: string, axes: readonly number[], epsilon: number): Standardised {
  const centred = emit.sub(x, emit.reduceMean(x, axes, true));
  const variance = emit.reduceMean(emit.mul(centred, centred), axes, true);
  const inverseDeviation = emit.op('Reciprocal', [emit.op('Sqrt', [emit.add(variance, emit.scalar(epsilon))])]);
  return { values: emit.mul(centred, inverseDeviation), inverseDeviation };
}

/** From the gradient of the standardised values that of the values: it has neither mean nor slope along the axes. */
export function standardisedGradient(
  emit: Emitter,
  { values, inverseDeviation }: Standardised,
  gradient: string,
  axes: readonly number[],
): string {
  const mean = emit.reduceMean(gradient, axes, true);
  const slope = emit.mul(values, emit.reduceMean(emit.mul(gradient, values), axes, true));
  return emit.mul(inverseDeviation, emit.sub(emit.sub(gradient, mean), slope));
}

function batchNormalization(context: RuleContext): ReturnType<GradientRule> {
  return context.attributes.int('training_mode', 0) === 0 ? frozenStatistics(context) : batchStatistics(context);
}

/** The statistics are constants, so that the layer is a multiplication and an addition for each channel. */
function frozenStatistics(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const variance = emit.add(perChannel(context, 4), emit.scalar(epsilonOf(context)));
  const inverseDeviation = emit.op('Reciprocal', [emit.op('Sqrt', [variance])]);
  const gradient = context.gradient();
  const ofX = () => emit.mul(gradient, emit.mul(inverseDeviation, perChannel(context, 1)));
  const values = () => emit.mul(emit.sub(context.input(0).name, perChannel(context, 3)), inverseDeviation);
  return [context.wants(0) ? ofX() : undefined, ...scaleAndBias(context, values)];
}

function batchStatistics(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const axes = allButChannels(context);
  const standardised = standardise(emit, context.input(0).name, axes, epsilonOf(context));
  const scaled = emit.mul(context.gradient(), perChannel(context, 1));
  return [
    context.wants(0) ? standardisedGradient(emit, standardised, scaled, axes) : undefined,
    ...scaleAndBias(context, () => standardised.values),
  ];
}

function scaleAndBias(context: RuleContext, values: () => string): (string | undefined)[] {
  const { emit } = context;
  const sum = (value: string) => emit.reduceSum(value, allButChannels(context), false);
  return [
    context.wants(1) ? sum(emit.mul(context.gradient(), values())) : undefined,
    context.wants(2) ? sum(context.gradient()) : undefined,
  ];
}

/** A vector of one number for each channel, in the shape in which it broadcasts over [batch, channels, ...]. */
export function perChannel(context: RuleContext, index: number): string {
  const { name, dims } = context.input(index);
  return context.emit.reshape(name, [
    1,
    dims[0] ?? 1,
    ...context
      .input(0)
      .dims.slice(2)
      .map(() => 1),
  ]);
}

function allButChannels(context: RuleContext): number[] {
  return context.input(0).dims.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
}

export function epsilonOf({ attributes }: RuleContext): number {
  return attributes.float('epsilon', 1e-5);
}

function layerNormalization(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  const [x, scale] = [context.input(0), context.input(1)];
  const first = attributes.int('axis', -1);
  const axes = Array.from(x.dims.keys()).slice(first < 0 ? first + x.dims.length : first);
  const standardised = standardise(emit, x.name, axes, epsilonOf(context));
  const gradient = context.gradient();
  const scaled = () => emit.mul(gradient, scale.name);
  const sum = (value: string, index: number) => unbroadcast(emit, value, x.dims, context.input(index).dims);
  return [
    context.wants(0) ? standardisedGradient(emit, standardised, scaled(), axes) : undefined,
    context.wants(1) ? sum(emit.mul(gradient, standardised.values), 1) : undefined,
    context.wants(2) ? sum(gradient, 2) : undefined,
  ];
}
