import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';
import { spreadWindows, type Windows, windowsOf } from './windows.ts';

/** Convolution in one to three dimensions. */
export const convolutionRules: RuleTable = {
  Conv: { gradient: conv },
};

function conv(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  const weight = context.input(1);
  const windows = windowsOf(context, weight.dims.slice(2));
  const group = attributes.int('group', 1);
  const gradient = context.gradient();
  return [
    context.wants(0) ? spreadWindows(context, gradient, weight.name, windows, group) : undefined,
    context.wants(1) ? ofWeight(context, windows, group) : undefined,
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
function ofWeight(context: RuleContext, windows: Windows, group: number): string {
  const { emit } = context;
  const weight = context.input(1);
  const input = exchanged(context, group);
  const gradient = emit.transpose(context.gradient(), channelsFirst(weight.dims.length));
  const kernels = emit.op('Conv', [input, gradient], {
    strides: intsAttribute(windows.dilations),
    dilations: intsAttribute(windows.strides),
    pads: intsAttribute([...windows.padsBefore, ...windows.padsAfter]),
    group: intAttribute(group),
  });
  return emit.transpose(cutTo(context, kernels, windows.kernel), channelsFirst(weight.dims.length));
}

/** [batch, group·channels, ...] as [channels, group·batch, ...]. */
function exchanged(context: RuleContext, group: number): string {
  const { emit } = context;
  const { name, dims } = context.input(0);
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
