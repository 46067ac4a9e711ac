import { intAttribute } from '../../src/graph/attributes.ts';
import { type GradientCase, integers, variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const input = variable([2, 3, 2]);

function cases(opType: string): GradientCase[] {
  return [
    { name: 'all axes', opType, inputs: [input] },
    { name: 'two axes, kept', opType, inputs: [input, integers([0, -1])] },
    { name: 'one axis, dropped', opType, inputs: [input, integers([1])], attributes: { keepdims: intAttribute(0) } },
  ];
}

describeCases('reductions', [
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin'].flatMap(cases),
  {
    name: 'no axes, nothing to do',
    opType: 'ReduceSum',
    inputs: [input],
    attributes: { noop_with_empty_axes: intAttribute(1) },
  },
]);
