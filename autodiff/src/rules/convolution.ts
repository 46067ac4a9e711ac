import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import type { Value } from '../shapes/value-table.ts';
import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';
import { spreadWindows, type Windows, windowsOf } from './windows.ts';

/** Convolution in one to three dimensions. */
export const convolutionRules: RuleTable = {
  Conv: { gradient: conv },
  ConvTranspose: { gradient: convTranspose },
};

function conv(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  const weight = context.input(1);
  const windows = windowsOf(context, weight.dims.slice(2));
  const group = attributes.int('group', 1);
  const gradient = context.gradient();
  return [
    context.wants(0) ? spreadWindows(context, gradient, weight.name, windows, group) : undefined,
    context.wants(1) ? ofWeight(context, context.input(0), gradient, windows, group) : undefined,
    context.wants(2) ? emit.reduceSum(gradient, allButChannels(weight.dims.length), false) : undefined,
  ];
}

function allButChannels(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
}

/**
 * The gradient of a kernel is the convolution of input and gradient with batch and channels exchanged, where strides
 * become dilations and dilations strides. Groups lie beside each other as channels.
 */
function ofWeight(
  context: RuleContext,
  input: Pick<Value, 'name' | 'dims'>,
  outputGradient: string,
  windows: Windows,
  group: number,
): string {
  const { emit } = context;
  const rank = input.dims.length;
  const gradient = emit.transpose(outputGradient, channelsFirst(rank));
  const kernels = emit.op('Conv', [exchanged(context, input, group), gradient], {
    strides: intsAttribute(windows.dilations),
    dilations: intsAttribute(windows.strides),
    pads: intsAttribute([...windows.padsBefore, ...windows.padsAfter]),
    group: intAttribute(group),
  });
  return emit.transpose(cutTo(context, kernels, windows.kernel), channelsFirst(rank));
}

/** [batch, group·channels, ...] as [channels, group·batch, ...]. */
function exchanged({ emit }: RuleContext, { name, dims }: Pick<Value, 'name' | 'dims'>, group: number): string {
  if (group === 1) return emit.transpose(name, channelsFirst(dims.length));
  const [batch = 1, channels = 1, ...sizes] = dims;
  const parts = emit.reshape(name, [batch, group, channels / group, ...sizes]);
  const moved = emit.transpose(parts, [2, 1, 0, ...sizes.map((_, axis) => axis + 3)]);
  return emit.reshape(moved, [channels / group, group * batch, ...sizes]);
}

function channelsFirst(rank: number): number[] {
  return [1, 0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2)];
}

/** Where the stride left out the end of the input, the convolution has more places than the kernel. */
function cutTo({ emit }: RuleContext, kernels: string, sizes: readonly number[]): string {
  const axes = sizes.map((_, axis) => axis + 2);
  return emit.op('Slice', [kernels, emit.integers(sizes.map(() => 0)), emit.integers(sizes), emit.integers(axes)]);
}

/** The transpose of a convolution: input and gradient of the one are gradient and input of the other. */
function convTranspose(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  const [input, weight] = [context.input(0), context.input(1)];
  const windows = transposedWindows(context, weight.dims.slice(2));
  const group = attributes.int('group', 1);
  const gradient = context.gradient();
  const options = {
    strides: intsAttribute(windows.strides),
    dilations: intsAttribute(windows.dilations),
    pads: intsAttribute([...windows.padsBefore, ...windows.padsAfter]),
    group: intAttribute(group),
  };
  const large = { name: gradient, dims: context.output().dims };
  return [
    context.wants(0) ? emit.op('Conv', [gradient, weight.name], options) : undefined,
    context.wants(1) ? ofWeight(context, large, input.name, windows, group) : undefined,
    context.wants(2) ? emit.reduceSum(gradient, allButChannels(weight.dims.length), false) : undefined,
  ];
}

/** Without pads of its own, the size of the output says how much was cut off, half of it on each side. */
function transposedWindows(context: RuleContext, kernel: readonly number[]): Windows {
  const { attributes } = context;
  const ones = kernel.map(() => 1);
  const strides = attributes.ints('strides') ?? ones;
  const dilations = attributes.ints('dilations') ?? ones;
  const extra = attributes.ints('output_padding') ?? kernel.map(() => 0);
  const mode = attributes.text('auto_pad', 'NOTSET');
  const isGiven = mode === 'NOTSET' && !attributes.has('output_shape');
  const pads = isGiven ? (attributes.ints('pads') ?? kernel.flatMap(() => [0, 0])) : undefined;
  if (pads !== undefined) {
    const [padsBefore, padsAfter] = [pads.slice(0, kernel.length), pads.slice(kernel.length)];
    return { kernel, strides, dilations, padsBefore, padsAfter };
  }
  const cut = kernel.map((size, axis) => {
    const steps = ((context.input(0).dims[axis + 2] ?? 1) - 1) * (strides[axis] ?? 1);
    const span = steps + (extra[axis] ?? 0) + (size - 1) * (dilations[axis] ?? 1) + 1;
    return span - (context.output().dims[axis + 2] ?? 1);
  });
  const [smaller, larger] = [cut.map((total) => Math.floor(total / 2)), cut.map((total) => Math.ceil(total / 2))];
  const oddAfter = mode === 'SAME_UPPER';
  return {
    kernel,
    strides,
    dilations,
    padsBefore: oddAfter ? smaller : larger,
    padsAfter: oddAfter ? larger : smaller,
  };
}
