import { type GradientCase, variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const signed = [variable([2, 4], [-0.8, 0.8])];
const positive = [variable([2, 4], [0.3, 2])];
const aboveOne = [variable([2, 4], [1.3, 2])];

const EVERYWHERE = ['Neg', 'Identity', 'Abs', 'Exp', 'Reciprocal', 'Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan'];
const HYPERBOLIC = ['Sinh', 'Cosh', 'Asinh', 'Atanh'];

const of = (opTypes: readonly string[], inputs: GradientCase['inputs'], name: string): GradientCase[] =>
  opTypes.map((opType) => ({ name, opType, inputs }));

describeCases('functions of one value', [
  ...of(
    EVERYWHERE.filter((opType) => opType !== 'Reciprocal'),
    signed,
    'on both sides of zero',
  ),
  ...of(HYPERBOLIC, signed, 'on both sides of zero'),
  ...of(['Log', 'Sqrt', 'Reciprocal'], positive, 'above zero'),
  ...of(['Acosh'], aboveOne, 'above one'),
]);
