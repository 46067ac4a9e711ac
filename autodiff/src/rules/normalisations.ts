import { unbroadcast } from './broadcast.ts';
import type { Emitter } from './emitter.ts';
import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Layers that bring values to mean zero and variance one. */
export const normalisationRules: RuleTable = {
  BatchNormalization: { gradient: batchNormalization },
  LayerNormalization: { gradient: layerNormalization },
  InstanceNormalization: { gradient: instanceNormalization },
  GroupNormalization: { gradient: groupNormalization },
  MeanVarianceNormalization: { gradient: meanVarianceNormalization },
  LpNormalization: { gradient: lpNormalization },
  LRN: { gradient: localResponse },
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

/** Each channel of each example has statistics of its own. */
function instanceNormalization(context: RuleContext): ReturnType<GradientRule> {
  const { dims } = context.input(0);
  return groupedNormalization(context, dims[1] ?? 1);
}

function groupNormalization(context: RuleContext): ReturnType<GradientRule> {
  return groupedNormalization(context, context.attributes.int('num_groups', 1));
}

/** Groups of channels become an axis of their own, and all that a group has a second one. */
function groupedNormalization(context: RuleContext, groups: number): ReturnType<GradientRule> {
  const { emit } = context;
  const { name, dims } = context.input(0);
  const grouped = [dims[0] ?? 1, groups, dims.reduce((a, b) => a * b, 1) / ((dims[0] ?? 1) * groups)];
  const { values, inverseDeviation } = standardise(emit, emit.reshape(name, grouped), [2], epsilonOf(context));
  const scaled = emit.mul(context.gradient(), perChannel(context, 1));
  const ofX = () => standardisedGradient(emit, { values, inverseDeviation }, emit.reshape(scaled, grouped), [2]);
  return [
    context.wants(0) ? emit.reshape(ofX(), dims) : undefined,
    ...scaleAndBias(context, () => emit.reshape(values, dims)),
  ];
}

/** The operator adds 1e-9 to the deviation, not to the variance: next to any deviation that is none. */
function meanVarianceNormalization(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  const axes = attributes.ints('axes') ?? [0, 2, 3];
  const standardised = standardise(emit, context.input(0).name, axes, 0);
  return [standardisedGradient(emit, standardised, context.gradient(), axes)];
}

/** Of y = x/‖x‖: (g − n·Σ g·y)/‖x‖, n being the slope of the norm, which is y for p = 2 and the sign for p = 1. */
function lpNormalization(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  const power = attributes.int('p', 2);
  const axes = [attributes.int('axis', -1)];
  const [x, y, gradient] = [context.input(0).name, context.output().name, context.gradient()];
  const norm = emit.reduce(power === 1 ? 'ReduceL1' : 'ReduceL2', x, axes, true);
  const slope = power === 1 ? emit.op('Sign', [x]) : y;
  const along = emit.mul(slope, emit.reduceSum(emit.mul(gradient, y), axes, true));
  return [emit.div(emit.sub(gradient, along), norm)];
}

/**
 * y = x·d^−β with d = bias + α/size·Σ x² over nearby channels (Krizhevsky et al. 2012): g·d^−β − 2αβ/size·x·Σ g·y/d,
 * summed over the channels that have this one nearby.
 */
function localResponse(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  const x = context.input(0).name;
  const size = attributes.int('size', 1);
  const [alpha, beta] = [attributes.float('alpha', 1e-4), attributes.float('beta', 0.75)];
  const near = nearbyChannels((size - 1) / 2);
  const sum = emit.scale(overChannels(context, emit.mul(x, x), near), alpha / size);
  const divisor = emit.add(sum, emit.scalar(attributes.float('bias', 1)));
  const gradient = context.gradient();
  const direct = emit.mul(gradient, emit.op('Pow', [divisor, emit.scalar(-beta)]));
  const share = emit.div(emit.mul(gradient, context.output().name), divisor);
  const back = overChannels(context, share, near);
  return [emit.sub(direct, emit.scale(emit.mul(x, back), (2 * alpha * beta) / size))];
}

type Nearby = (to: number, from: number) => boolean;

/** As many on one side as on the other: engines refuse even sizes. */
function nearbyChannels(reach: number): Nearby {
  return (to, from) => Math.abs(to - from) <= reach;
}

/** Sums over nearby channels, as a product with a matrix of zeros and ones. */
function overChannels(context: RuleContext, value: string, near: Nearby): string {
  const { emit } = context;
  const { dims } = context.input(0);
  const [batch = 1, channels = 1, ...sizes] = dims;
  const band = Float32Array.from({ length: channels ** 2 }, (_, place) => {
    return near(Math.floor(place / channels), place % channels) ? 1 : 0;
  });
  const rows = emit.reshape(value, [batch, channels, sizes.reduce((a, b) => a * b, 1)]);
  return emit.reshape(emit.matMul(emit.tensor([channels, channels], band), rows), dims);
}
