import { intAttribute, textAttribute } from '../graph/attributes.ts';
import type { Value } from '../shapes/value-table.ts';
import { unbroadcast } from './broadcast.ts';
import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Operators that move values and compute nothing: the gradient moves back. */
export const movementRules: RuleTable = {
  Reshape: { gradient: toInputShape },
  Flatten: { gradient: toInputShape },
  Squeeze: { gradient: toInputShape },
  Unsqueeze: { gradient: toInputShape },
  Transpose: { gradient: transpose },
  Concat: { gradient: concat },
  Split: { gradient: split },
  Slice: { gradient: slice },
  Pad: { gradient: pad },
  Expand: { gradient: expand },
  Tile: { gradient: tile },
  Cast: { gradient: (context) => [context.gradient()] },
  CastLike: { gradient: (context) => [context.gradient()] },
  DepthToSpace: { gradient: depthToSpace },
  SpaceToDepth: { gradient: spaceToDepth },
};

function toInputShape(context: RuleContext): ReturnType<GradientRule> {
  return [context.emit.reshape(context.gradient(), context.input(0).dims)];
}

function transpose(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  const axes = Array.from(context.input(0).dims.keys());
  const permutation = attributes.ints('perm') ?? axes.toReversed();
  return [
    emit.transpose(
      context.gradient(),
      axes.map((axis) => permutation.indexOf(axis)),
    ),
  ];
}

function concat(context: RuleContext): ReturnType<GradientRule> {
  const { emit, node, attributes } = context;
  const axis = positiveAxis(attributes.int('axis', 0), context.output());
  const sizes = node.inputs.map((_, index) => context.input(index).dims[axis] ?? 0);
  if (sizes.length === 1) return [context.gradient()];
  const inputs = [context.gradient(), emit.integers(sizes)];
  return emit.ops('Split', inputs, sizes.length, { axis: intAttribute(axis) });
}

function split(context: RuleContext): ReturnType<GradientRule> {
  const { emit, node, attributes } = context;
  const axis = attributes.int('axis', 0);
  const parts = node.outputs.flatMap((name, index) => (name === '' ? [] : [context.gradient(index)]));
  return [emit.op('Concat', parts, { axis: intAttribute(axis) })];
}

function positiveAxis(axis: number, { dims }: Value): number {
  return axis < 0 ? axis + dims.length : axis;
}

/** With steps of 1 the rest is padded with zeros; otherwise every value is scattered to where it was taken from. */
function slice(context: RuleContext): ReturnType<GradientRule> {
  const ranges = slicedRanges(context);
  return [ranges.every(({ step }) => step === 1) ? paddedBack(context, ranges) : scatteredBack(context, ranges)];
}

interface Range {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** One range for every axis of the input. */
function slicedRanges(context: RuleContext): Range[] {
  const { dims } = context.input(0);
  const starts = context.integers(1) ?? [];
  const axes = context.integers(3) ?? starts.map((_, index) => index);
  const steps = context.integers(4) ?? starts.map(() => 1);
  const ranges = dims.map((count): Range => ({ start: 0, step: 1, count }));
  axes.forEach((given, index) => {
    const axis = positiveAxis(given, context.input(0));
    const step = steps[index] ?? 1;
    const start = clampedStart(starts[index] ?? 0, dims[axis] ?? 0, step);
    ranges[axis] = { start, step, count: context.output().dims[axis] ?? 0 };
  });
  return ranges;
}

/** As the operator clamps it: a negative start counts from the end (onnx/docs/Operators.md, Slice). */
function clampedStart(start: number, size: number, step: number): number {
  const counted = start < 0 ? start + size : start;
  return Math.min(Math.max(counted, 0), step < 0 ? size - 1 : size);
}

function paddedBack(context: RuleContext, ranges: readonly Range[]): string {
  const { dims } = context.input(0);
  const ends = ranges.map(({ start, count }, axis) => (dims[axis] ?? 0) - start - count);
  const pads = [...ranges.map(({ start }) => start), ...ends];
  if (pads.every((size) => size === 0)) return context.gradient();
  return context.emit.op('Pad', [context.gradient(), context.emit.integers(pads)]);
}

/** One axis after the other: a slice along several is slices along each. */
function scatteredBack(context: RuleContext, ranges: readonly Range[]): string {
  const { emit } = context;
  const dims = [...context.output().dims];
  let gradient = context.gradient();
  ranges.forEach(({ start, step, count }, axis) => {
    const size = context.input(0).dims[axis] ?? 0;
    if (step === 1 && count === size) return;
    const places = Array.from({ length: count }, (_, index) => start + index * step);
    const shape = dims.map((_, other) => (other === axis ? count : 1));
    const indices = emit.expand(emit.tensor(shape, BigInt64Array.from(places, BigInt)), dims);
    dims[axis] = size;
    gradient = emit.op('ScatterElements', [emit.zeros(dims), indices, gradient], { axis: intAttribute(axis) });
  });
  return gradient;
}

/** Negative pads put back what Pad added, and add zeros for what it cut off. */
function pad(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  if (attributes.text('mode', 'constant') !== 'constant') return [paddedWithItself(context)];
  return [emit.op('Pad', [context.gradient(), emit.integers(padsOf(context).map((size) => 0 - size))])];
}

/** Pads for every axis: those of the begins, then those of the ends. */
function padsOf(context: RuleContext): number[] {
  const { dims } = context.input(0);
  const given = context.integers(1) ?? [];
  const axes = context.integers(3) ?? Array.from(dims.keys());
  const pads = Array.from({ length: 2 * dims.length }, () => 0);
  axes.forEach((axis, index) => {
    const place = positiveAxis(axis, context.input(0));
    pads[place] = given[index] ?? 0;
    pads[place + dims.length] = given[index + axes.length] ?? 0;
  });
  return pads;
}

/** Edges, mirrors and wraps: where a value came from is read off a padded array of the places, and added up there. */
function paddedWithItself(context: RuleContext): string {
  const { emit } = context;
  const { dims } = context.input(0);
  const count = dims.reduce((product, size) => product * size, 1);
  const places = emit.tensor(
    dims,
    BigInt64Array.from({ length: count }, (_, index) => BigInt(index)),
  );
  const attributes = { mode: textAttribute(context.attributes.text('mode', 'constant')) };
  const origins = emit.op('Pad', [places, emit.integers(padsOf(context))], attributes);
  const flat = emit.reshape(origins, [-1]);
  const added = emit.op('ScatterElements', [emit.zeros([count]), flat, emit.reshape(context.gradient(), [-1])], {
    reduction: textAttribute('add'),
  });
  return emit.reshape(added, dims);
}

function expand(context: RuleContext): ReturnType<GradientRule> {
  const [from, to] = [context.output().dims, context.input(0).dims];
  return [unbroadcast(context.emit, context.gradient(), from, to)];
}

/** Each axis is split in repeats and values, and the repeats are summed. */
function tile(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const { dims } = context.input(0);
  const repeats = context.output().dims.map((size, axis) => size / Math.max(1, dims[axis] ?? 1));
  const parts = emit.reshape(
    context.gradient(),
    dims.flatMap((size, axis) => [repeats[axis] ?? 1, size]),
  );
  return [
    emit.reduceSum(
      parts,
      dims.map((_, axis) => 2 * axis),
      false,
    ),
  ];
}

function depthToSpace(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  const block = attributes.int('blocksize', 1);
  const gradient = context.gradient();
  if (attributes.text('mode', 'DCR') === 'DCR') {
    return [emit.op('SpaceToDepth', [gradient], { blocksize: intAttribute(block) })];
  }
  const [batch = 1, channels = 1, height = 1, width = 1] = context.input(0).dims;
  const parts = emit.reshape(gradient, [batch, channels / block ** 2, height, block, width, block]);
  return [emit.reshape(emit.transpose(parts, [0, 1, 3, 5, 2, 4]), [batch, channels, height, width])];
}

function spaceToDepth(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  return [emit.op('DepthToSpace', [context.gradient()], { blocksize: intAttribute(attributes.int('blocksize', 1)) })];
}
