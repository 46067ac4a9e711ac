import type { OnnxNode } from '../codec/messages.ts';
import { intAttribute, textAttribute } from '../graph/attributes.ts';
import { RESERVED_PREFIX } from '../graph/reserved-prefix.ts';
import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';
import { spreadWindows, type Windows, windowsOf } from './windows.ts';

/** The largest, the mean or the norm of windows, or of all that a channel has. */
export const poolingRules: RuleTable = {
  MaxPool: { gradient: maxPool, prepare: withIndices },
  AveragePool: { gradient: averagePool },
  LpPool: { gradient: lpPool },
  GlobalMaxPool: { gradient: globalMaxPool },
  GlobalAveragePool: { gradient: globalAveragePool },
  GlobalLpPool: { gradient: globalLpPool },
};

function withIndices(node: OnnxNode): OnnxNode {
  const [largest = '', indices = ''] = node.outputs;
  return indices === '' ? { ...node, outputs: [largest, `${RESERVED_PREFIX}indices:${largest}`] } : node;
}

/** Every window gives its gradient to the place of its largest value. */
function maxPool(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  if (attributes.int('storage_order', 0) !== 0) context.refuse('storage_order 1');
  const { dims } = context.input(0);
  const count = dims.reduce((product, size) => product * size, 1);
  const places = emit.reshape(context.output(1).name, [-1]);
  const gradient = emit.reshape(context.gradient(), [-1]);
  const add = overlap(context) ? { reduction: textAttribute('add') } : {};
  const spread = emit.op('ScatterElements', [emit.zeros([count]), places, gradient], { axis: intAttribute(0), ...add });
  return [emit.reshape(spread, dims)];
}

function overlap(context: RuleContext): boolean {
  const { kernel, strides, dilations } = windowsOf(context, kernelOf(context));
  return kernel.some((size, axis) => (size - 1) * (dilations[axis] ?? 1) + 1 > (strides[axis] ?? 1));
}

function kernelOf(context: RuleContext): number[] {
  return context.attributes.ints('kernel_shape') ?? context.refuse('no kernel_shape');
}

function averagePool(context: RuleContext): ReturnType<GradientRule> {
  const windows = windowsOf(context, kernelOf(context));
  const share = context.emit.mul(context.gradient(), reciprocalCounts(context, windows));
  return [spreadOnes(context, share, windows)];
}

/** Convolves back with a kernel of ones, each channel for itself. */
function spreadOnes(context: RuleContext, value: string, windows: Windows): string {
  const channels = context.input(0).dims[1] ?? 1;
  const ones = context.emit.expand(context.emit.scalar(1), [channels, 1, ...windows.kernel]);
  return spreadWindows(context, value, ones, windows, channels);
}

/** One over the number of values that each window takes the mean of, as [1, 1, ...]. */
function reciprocalCounts(context: RuleContext, windows: Windows): string {
  const sizes = context.output().dims.slice(2);
  const perAxis = sizes.map((size, axis) =>
    Array.from({ length: size }, (_, place) => countAt(context, windows, axis, place)),
  );
  const counts = perAxis.reduce((outer, inner) => outer.flatMap((a) => inner.map((b) => a * b)), [1]);
  return context.emit.tensor(
    [1, 1, ...sizes],
    Float32Array.from(counts, (count) => 1 / count),
  );
}

function countAt(context: RuleContext, windows: Windows, axis: number, place: number): number {
  const size = context.input(0).dims[axis + 2] ?? 1;
  const includesPads = context.attributes.int('count_include_pad', 0) !== 0;
  const before = windows.padsBefore[axis] ?? 0;
  const [low, high] = includesPads ? [-before, size + (windows.padsAfter[axis] ?? 0)] : [0, size];
  const start = place * (windows.strides[axis] ?? 1) - before;
  const places = Array.from(
    { length: windows.kernel[axis] ?? 1 },
    (_, step) => start + step * (windows.dilations[axis] ?? 1),
  );
  return Math.max(1, places.filter((at) => at >= low && at < high).length);
}

/** Of y = (Σ |x|ᵖ)^(1/p): sign(x)·|x|^(p−1)·y^(1−p). */
function lpPool(context: RuleContext): ReturnType<GradientRule> {
  const windows = windowsOf(context, kernelOf(context));
  return [normGradient(context, (value) => spreadOnes(context, value, windows))];
}

function globalLpPool(context: RuleContext): ReturnType<GradientRule> {
  return [normGradient(context, (value) => value)];
}

function normGradient(context: RuleContext, spread: (value: string) => string): string {
  const { emit, attributes } = context;
  const power = attributes.int('p', 2);
  const x = context.input(0).name;
  const scaled = emit.op('Pow', [context.output().name, emit.scalar(1 - power)]);
  const magnitude = emit.op('Pow', [emit.op('Abs', [x]), emit.scalar(power - 1)]);
  return emit.mul(emit.mul(emit.op('Sign', [x]), magnitude), spread(emit.mul(context.gradient(), scaled)));
}

function spatialAxes(context: RuleContext): number[] {
  return context.input(0).dims.flatMap((_, axis) => (axis < 2 ? [] : [axis]));
}

function globalAveragePool(context: RuleContext): ReturnType<GradientRule> {
  const { dims } = context.input(0);
  const count = dims.slice(2).reduce((product, size) => product * size, 1);
  return [context.emit.expand(context.emit.scale(context.gradient(), 1 / count), dims)];
}

function globalMaxPool(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const gate = emit.cast(emit.op('Equal', [context.input(0).name, context.output().name]), 'FLOAT');
  const share = emit.div(context.gradient(), emit.reduceSum(gate, spatialAxes(context), true));
  return [emit.mul(gate, share)];
}
