import { floatAttribute, intAttribute } from '../graph/attributes.ts';
import { toShapeOf, unbroadcast } from './broadcast.ts';
import type { Emitter } from './emitter.ts';
import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Products of matrices. */
export const productRules: RuleTable = {
  Gemm: { gradient: gemm },
  MatMul: { gradient: matMul },
};

function gemm(context: RuleContext): ReturnType<GradientRule> {
  const { emit, attributes } = context;
  const [a, b, c] = [context.input(0).name, context.input(1).name, context.optionalInput(2)];
  const [transA, transB] = [attributes.int('transA', 0) !== 0, attributes.int('transB', 0) !== 0];
  const gradient = context.gradient();
  const product = gemmOf(emit, attributes.float('alpha', 1));
  const ofA = () => (transA ? product(b, gradient, transB, true) : product(gradient, b, false, !transB));
  const ofB = () => (transB ? product(gradient, a, true, transA) : product(a, gradient, !transA, false));
  return [
    context.wants(0) ? ofA() : undefined,
    context.wants(1) ? ofB() : undefined,
    c && context.wants(2)
      ? toShapeOf(emit, emit.scale(gradient, attributes.float('beta', 1)), context.output(), c)
      : undefined,
  ];
}

function gemmOf(emit: Emitter, alpha: number) {
  return (a: string, b: string, transA: boolean, transB: boolean): string =>
    emit.op('Gemm', [a, b], {
      ...(transA && { transA: intAttribute(1) }),
      ...(transB && { transB: intAttribute(1) }),
      ...(alpha !== 1 && { alpha: floatAttribute(alpha) }),
    });
}

function matMul(context: RuleContext): ReturnType<GradientRule> {
  const [a, b] = [context.input(0).dims, context.input(1).dims];
  // A vector is a matrix of one row on the left and of one column on the right, which the result then lacks.
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  return right.length === 2 && left.length > 2 ? foldedMatMul(context, left) : batchedMatMul(context, left, right);
}

/** One weight matrix under a batch: the rows of all batches are one long matrix, so that no batch is summed apart. */
function foldedMatMul(context: RuleContext, left: readonly number[]): ReturnType<GradientRule> {
  const { emit } = context;
  const [a, b] = [context.input(0), context.input(1)];
  const inner = left.at(-1) ?? 1;
  const outer = b.dims.length === 1 ? 1 : (b.dims[1] ?? 1);
  const rows = left.slice(0, -1).reduce((product, size) => product * size, 1);
  const gradient = emit.reshape(context.gradient(), [rows, outer]);
  const product = gemmOf(emit, 1);
  const ofA = () => emit.reshape(product(gradient, emit.reshape(b.name, [inner, outer]), false, true), a.dims);
  const ofB = () => emit.reshape(product(emit.reshape(a.name, [rows, inner]), gradient, true, false), b.dims);
  return [context.wants(0) ? ofA() : undefined, context.wants(1) ? ofB() : undefined];
}

function batchedMatMul(
  context: RuleContext,
  left: readonly number[],
  right: readonly number[],
): ReturnType<GradientRule> {
  const { emit } = context;
  const [a, b] = [context.input(0), context.input(1)];
  const batch = context.output().dims.slice(0, context.output().dims.length - matrixAxes(a.dims, b.dims));
  const full = [...batch, left.at(-2) ?? 1, right.at(-1) ?? 1];
  const gradient = emit.reshape(context.gradient(), full);
  const ofA = () => {
    const product = emit.matMul(gradient, flipped(emit, emit.reshape(b.name, right), right.length));
    return emit.reshape(unbroadcast(emit, product, [...batch, ...left.slice(-2)], left), a.dims);
  };
  const ofB = () => {
    const product = emit.matMul(flipped(emit, emit.reshape(a.name, left), left.length), gradient);
    return emit.reshape(unbroadcast(emit, product, [...batch, ...right.slice(-2)], right), b.dims);
  };
  return [context.wants(0) ? ofA() : undefined, context.wants(1) ? ofB() : undefined];
}

/** How many axes of the result are not batches. */
function matrixAxes(a: readonly number[], b: readonly number[]): number {
  return 2 - (a.length === 1 ? 1 : 0) - (b.length === 1 ? 1 : 0);
}

function flipped(emit: Emitter, a: string, rank: number): string {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return emit.transpose(a, [...axes.slice(0, -2), rank - 1, rank - 2]);
}
