import { intAttribute } from '../../src/graph/attributes.ts';
import { type GradientCase, integers, variable, type VariableInput } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const signed = variable([2, 3, 2]);
const positive = variable([2, 3, 2], [0.5, 2]);

function cases(opType: string, input: VariableInput = signed): GradientCase[] {
  return [
    { name: 'all axes', opType, inputs: [input] },
    { name: 'two axes, kept', opType, inputs: [input, integers([0, -1])] },
    { name: 'one axis, dropped', opType, inputs: [input, integers([1])], attributes: { keepdims: intAttribute(0) } },
  ];
}

describeCases('reductions', [
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin'].flatMap((opType) => cases(opType)),
  ...['ReduceL1', 'ReduceL2', 'ReduceLogSumExp', 'ReduceSumSquare', 'ReduceProd'].flatMap((opType) => cases(opType)),
  ...cases('ReduceLogSum', positive),
  {
    name: 'with no, one and two zeros',
    opType: 'ReduceProd',
    inputs: [{ dims: [3, 3], values: [0.5, -2, 3, 0, 2, -1, 0, 0, 4] }, integers([1])],
  },
  {
    name: 'no axes, nothing to do',
    opType: 'ReduceSum',
    inputs: [signed],
    attributes: { noop_with_empty_axes: intAttribute(1) },
  },
]);
