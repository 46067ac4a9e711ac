import type { Value } from '../shapes/value-table.ts';
import type { Emitter } from './emitter.ts';

/** Sums a gradient over the axes along which its value was repeated by broadcasting. */
export function unbroadcast(emit: Emitter, gradient: string, from: readonly number[], to: readonly number[]): string {
  const axes = repeatedAxes(from, to);
  if (axes.length === 0 && from.length === to.length) return gradient;
  const summed = emit.reduceSum(gradient, axes, true);
  return from.length === to.length ? summed : emit.reshape(summed, to);
}

/** The same for a rule of an operator with broadcasting inputs and one output. */
export function toShapeOf(emit: Emitter, gradient: string, output: Value, input: Value): string {
  return unbroadcast(emit, gradient, output.dims, input.dims);
}

function repeatedAxes(from: readonly number[], to: readonly number[]): number[] {
  const offset = from.length - to.length;
  return from.flatMap((size, axis) => (axis < offset || (to[axis - offset] === 1 && size !== 1) ? [axis] : []));
}
