import { intAttribute, textAttribute } from '../graph/attributes.ts';
import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Operators that pick values by index or put them there, and those that choose along an axis. */
export const gatheringRules: RuleTable = {
  Gather: { gradient: gather },
  GatherElements: { gradient: gatherElements },
  GatherND: { gradient: gatherND },
  ScatterElements: { gradient: scatterElements },
  ScatterND: { gradient: scatterND },
  TopK: { gradient: topK },
  CumSum: { gradient: cumSum },
  Trilu: { gradient: trilu },
};

const added = { reduction: textAttribute('add') };

/** Rows are added up where they came from. Along another axis than the first, that axis is moved to the front first. */
function gather(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const [data, indices] = [context.input(0), context.input(1)];
  const axis = axisOf(context, 0);
  const picked = indices.dims.length;
  const rank = context.output().dims.length;
  const toFront = [...range(axis, axis + picked), ...range(0, axis), ...range(axis + picked, rank)];
  const gradient = emit.transpose(context.gradient(), toFront);
  const dims = [data.dims[axis] ?? 1, ...data.dims.toSpliced(axis, 1)];
  const places = emit.op('Unsqueeze', [emit.cast(indices.name, 'INT64'), emit.integers([-1])]);
  const summed = emit.op('ScatterND', [emit.zeros(dims), places, gradient], added);
  return [emit.transpose(summed, [...range(1, axis + 1), 0, ...range(axis + 1, dims.length)])];
}

function gatherElements(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const inputs = [emit.zeros(context.input(0).dims), context.input(1).name, context.gradient()];
  return [emit.op('ScatterElements', inputs, { axis: intAttribute(axisOf(context, 0)), ...added })];
}

function gatherND(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  const batchAxes = attributes.int('batch_dims', 0);
  const indices = batchAxes === 0 ? context.input(1).name : withBatchPlaces(context, batchAxes);
  return [emit.op('ScatterND', [emit.zeros(context.input(0).dims), indices, context.gradient()], added)];
}

/** Indices into each example made indices into the batch: scattering has no batch. */
function withBatchPlaces(context: RuleContext, batchAxes: number): string {
  const { emit } = context;
  const { name, dims } = context.input(1);
  const outer = dims.slice(0, -1);
  const sizes = outer.map((_, axis) => product(outer.slice(axis + 1)));
  const places = Array.from({ length: product(outer) * batchAxes }, (_, at) => {
    const axis = at % batchAxes;
    return BigInt(Math.floor(Math.floor(at / batchAxes) / (sizes[axis] ?? 1)) % (outer[axis] ?? 1));
  });
  const batchPlaces = emit.tensor([...outer, batchAxes], BigInt64Array.from(places));
  return emit.op('Concat', [batchPlaces, name], { axis: intAttribute(-1) });
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

function scatterElements(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const [indices, gradient] = [context.input(1), context.gradient()];
  const axis = { axis: intAttribute(axisOf(context, 0)) };
  const overwritten = () => emit.op('ScatterElements', [gradient, indices.name, emit.zeros(indices.dims)], axis);
  return [ofTarget(context, overwritten), undefined, emit.op('GatherElements', [gradient, indices.name], axis)];
}

function scatterND(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const [indices, updates, gradient] = [context.input(1), context.input(2), context.gradient()];
  const overwritten = () => emit.op('ScatterND', [gradient, indices.name, emit.zeros(updates.dims)]);
  return [ofTarget(context, overwritten), undefined, emit.op('GatherND', [gradient, indices.name])];
}

/** What was overwritten has no gradient; what was added to has all of it. */
function ofTarget(context: RuleContext, overwritten: () => string): string {
  const reduction = context.attributes.text('reduction', 'none');
  if (reduction === 'none') return overwritten();
  return reduction === 'add' ? context.gradient() : context.refuse(`reduction "${reduction}"`);
}

function topK(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const inputs = [emit.zeros(context.input(0).dims), context.output(1).name, context.gradient()];
  return [emit.op('ScatterElements', inputs, { axis: intAttribute(axisOf(context, -1)) })];
}

/** What a value was summed into lies on the other side. */
function cumSum(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes, node } = context;
  const options = {
    exclusive: intAttribute(attributes.int('exclusive', 0)),
    reverse: intAttribute(attributes.int('reverse', 0) === 0 ? 1 : 0),
  };
  return [emit.op('CumSum', [context.gradient(), node.inputs[1] ?? ''], options)];
}

function trilu(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes, node } = context;
  const upper = { upper: intAttribute(attributes.int('upper', 1)) };
  return [emit.op('Trilu', [context.gradient(), ...node.inputs.slice(1)], upper)];
}

function axisOf(context: RuleContext, absent: number): number {
  const axis = context.attributes.int('axis', absent);
  return axis < 0 ? axis + context.input(0).dims.length : axis;
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);
}
