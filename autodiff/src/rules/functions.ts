import type { Emitter } from './emitter.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Functions of one value from the textbook: gradient times derivative. */
export const functionRules: RuleTable = {
  Neg: { gradient: times((emit) => emit.scalar(-1)) },
  Identity: { gradient: (context) => [context.gradient()] },
  Abs: { gradient: times((emit, x) => emit.op('Sign', [x])) },
  Exp: { gradient: times((_emit, _x, y) => y) },
  Log: { gradient: times((emit, x) => emit.op('Reciprocal', [x])) },
  Sqrt: { gradient: times((emit, _x, y) => emit.op('Reciprocal', [emit.scale(y, 2)])) },
  Reciprocal: { gradient: times((emit, _x, y) => emit.neg(emit.mul(y, y))) },
  Sin: { gradient: times((emit, x) => emit.op('Cos', [x])) },
  Cos: { gradient: times((emit, x) => emit.neg(emit.op('Sin', [x]))) },
  Tan: { gradient: times((emit, _x, y) => onePlusSquare(emit, y)) },
  Asin: { gradient: times((emit, x) => inverse(emit, root(emit, oneMinusSquare(emit, x)))) },
  Acos: { gradient: times((emit, x) => emit.neg(inverse(emit, root(emit, oneMinusSquare(emit, x))))) },
  Atan: { gradient: times((emit, x) => inverse(emit, onePlusSquare(emit, x))) },
  Sinh: { gradient: times((emit, x) => emit.op('Cosh', [x])) },
  Cosh: { gradient: times((emit, x) => emit.op('Sinh', [x])) },
  Asinh: { gradient: times((emit, x) => inverse(emit, root(emit, onePlusSquare(emit, x)))) },
  Acosh: { gradient: times((emit, x) => inverse(emit, root(emit, emit.neg(oneMinusSquare(emit, x))))) },
  Atanh: { gradient: times((emit, x) => inverse(emit, oneMinusSquare(emit, x))) },
};

function times(derivative: (emit: Emitter, x: string, y: string) => string): GradientRule {
  return (context) => {
    const { emit } = context;
    return [emit.mul(context.gradient(), derivative(emit, context.input(0).name, context.output().name))];
  };
}

function onePlusSquare(emit: Emitter, x: string): string {
  return emit.add(emit.scalar(1), emit.mul(x, x));
}

function oneMinusSquare(emit: Emitter, x: string): string {
  return emit.sub(emit.scalar(1), emit.mul(x, x));
}

function root(emit: Emitter, x: string): string {
  return emit.op('Sqrt', [x]);
}

function inverse(emit: Emitter, x: string): string {
  return emit.op('Reciprocal', [x]);
}
