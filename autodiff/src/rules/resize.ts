import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Resizing, which along each axis is a product with a matrix of interpolation weights. */
export const resizeRules: RuleTable = {
  Resize: { gradient: resize },
};

/** The transposes of these products, one axis after the other. */
function resize(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  refuseUnknown(context);
  const [from, to] = [context.input(0).dims, context.output().dims];
  const last = from.length - 1;
  let gradient = context.gradient();
  from.forEach((size, axis) => {
    const axisScale = scaleOf(context, axis);
    if (size === to[axis] && axisScale === 1) return;
    const weights = emit.tensor([to[axis] ?? 1, size], weightsOf(context, axis, axisScale));
    const swap = from.map((_, other) => (other === axis ? last : other === last ? axis : other));
    gradient = emit.transpose(emit.matMul(emit.transpose(gradient, swap), weights), swap);
  });
  return [gradient];
}

function refuseUnknown(context: RuleContext): void {
  const { attributes } = context;
  if (attributes.int('antialias', 0) !== 0) context.refuse('antialias');
  if (attributes.int('exclude_outside', 0) !== 0) context.refuse('exclude_outside');
  if (attributes.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch') context.refuse('keep_aspect_ratio_policy');
}

/** Of scales, the one that is given; of sizes, the ratio. */
function scaleOf(context: RuleContext, axis: number): number {
  const [from = 1, to = 1] = [context.input(0).dims[axis], context.output().dims[axis]];
  const axes = context.attributes.ints('axes');
  const place =
    axes === undefined ? axis : axes.findIndex((one) => one === axis || one + context.input(0).dims.length === axis);
  const scales = context.optionalInput(2);
  if (scales === undefined || scales.dims[0] === 0) return to / from;
  return context.numbers(2)[place] ?? 1;
}

type WeightsAt = (coordinate: number, size: number) => readonly (readonly [place: number, weight: number])[];

function weightsOf(context: RuleContext, axis: number, scale: number): Float32Array {
  const [from = 1, to = 1] = [context.input(0).dims[axis], context.output().dims[axis]];
  const weights = new Float32Array(to * from);
  const kind = interpolation(context);
  for (let row = 0; row < to; row++) {
    for (const [place, weight] of kind(coordinate(context, row, scale, from, to), from)) {
      const column = Math.min(Math.max(place, 0), from - 1);
      weights[row * from + column] = (weights[row * from + column] ?? 0) + weight;
    }
  }
  return weights;
}

/** Where a place of the result lies in the input (onnx/docs/Operators.md, Resize, coordinate_transformation_mode). */
function coordinate(context: RuleContext, at: number, scale: number, from: number, to: number): number {
  const mode = context.attributes.text('coordinate_transformation_mode', 'half_pixel');
  if (mode === 'asymmetric') return Math.fround(at / scale);
  if (mode === 'align_corners') return to === 1 ? 0 : Math.fround((at * (from - 1)) / (to - 1));
  if (mode === 'pytorch_half_pixel' && to === 1) return 0;
  if (mode === 'half_pixel_symmetric') return Math.fround(symmetricOffset(scale, from, to) + (at + 0.5) / scale - 0.5);
  if (mode === 'half_pixel' || mode === 'pytorch_half_pixel') return Math.fround((at + 0.5) / scale - 0.5);
  return context.refuse(`coordinate_transformation_mode "${mode}"`);
}

/** Moves places so that the middle stays the middle where scale and size of the result do not fit. */
function symmetricOffset(scale: number, from: number, to: number): number {
  return (from / 2) * (1 - to / (scale * from));
}

function interpolation(context: RuleContext): WeightsAt {
  const { attributes } = context;
  const mode = attributes.text('mode', 'nearest');
  if (mode === 'linear') return linear;
  if (mode === 'cubic') return cubic(attributes.float('cubic_coeff_a', -0.75));
  const round = ROUNDINGS[attributes.text('nearest_mode', 'round_prefer_floor')];
  if (mode !== 'nearest' || round === undefined) return context.refuse(`mode "${mode}"`);
  return (at) => [[round(at), 1]];
}

const ROUNDINGS: Readonly<Record<string, (at: number) => number>> = {
  round_prefer_floor: (at) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at) => Math.floor(at + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

const linear: WeightsAt = (at, size) => {
  const inside = Math.min(Math.max(at, 0), size - 1);
  const below = Math.floor(inside);
  return [
    [below, 1 - (inside - below)],
    [below + 1, inside - below],
  ];
};

/** Keys 1981, Cubic Convolution Interpolation for Digital Image Processing. */
function cubic(a: number): WeightsAt {
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return (at) => {
    const below = Math.floor(at);
    const d = at - below;
    return [
      [below - 1, far(1 + d)],
      [below, near(d)],
      [below + 1, near(1 - d)],
      [below + 2, far(2 - d)],
    ];
  };
}
