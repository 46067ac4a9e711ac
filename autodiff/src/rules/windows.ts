import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import type { RuleContext } from './rule-context.ts';

/** How windows slide over the spatial axes of a [batch, channels, ...] value: one number for each of these axes. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padsBefore: readonly number[];
  readonly padsAfter: readonly number[];
}

/** The windows of a convolution or pooling, with `auto_pad` resolved for the sizes that it has. */
export function windowsOf(context: RuleContext, kernel: readonly number[]): Windows {
  const { attributes } = context;
  const ones = kernel.map(() => 1);
  const strides = attributes.ints('strides') ?? ones;
  const dilations = attributes.ints('dilations') ?? ones;
  const mode = attributes.text('auto_pad', 'NOTSET');
  const explicit = mode === 'NOTSET' ? attributes.ints('pads') : undefined;
  const pads = explicit ?? kernel.flatMap(() => [0, 0]);
  const given = {
    kernel,
    strides,
    dilations,
    padsBefore: pads.slice(0, kernel.length),
    padsAfter: pads.slice(kernel.length),
  };
  return mode.startsWith('SAME') ? samePads(context, given, mode === 'SAME_LOWER') : given;
}

/** Pads so that no window is left out; an odd one goes before or after. */
function samePads(context: RuleContext, windows: Windows, oddBefore: boolean): Windows {
  const totals = uncovered(context, windows).map((size) => Math.max(0, size));
  const smaller = totals.map((total) => Math.floor(total / 2));
  const larger = totals.map((total) => Math.ceil(total / 2));
  return { ...windows, padsBefore: oddBefore ? larger : smaller, padsAfter: oddBefore ? smaller : larger };
}

/** By how much the windows together are longer than the input and the pads before it. */
function uncovered(context: RuleContext, { kernel, strides, dilations, padsBefore }: Windows): number[] {
  return kernel.map((size, axis) => {
    const count = context.output().dims[axis + 2] ?? 1;
    const span = (count - 1) * (strides[axis] ?? 1) + (size - 1) * (dilations[axis] ?? 1) + 1;
    return span - (context.input(0).dims[axis + 2] ?? 1) - (padsBefore[axis] ?? 0);
  });
}

/**
 * Gives every place of the input the sum of what the windows over it have there, times the kernel: ConvTranspose, cut
 * or extended to the size of the input.
 */
export function spreadWindows(
  context: RuleContext,
  gradient: string,
  kernel: string,
  windows: Windows,
  group: number,
): string {
  const beyond = uncovered(context, windows);
  return context.emit.op('ConvTranspose', [gradient, kernel], {
    kernel_shape: intsAttribute(windows.kernel),
    strides: intsAttribute(windows.strides),
    dilations: intsAttribute(windows.dilations),
    pads: intsAttribute([...windows.padsBefore, ...beyond.map((size) => Math.max(0, size))]),
    output_padding: intsAttribute(beyond.map((size) => Math.max(0, -size))),
    group: intAttribute(group),
  });
}
