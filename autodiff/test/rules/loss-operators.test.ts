import { type Attributes, intAttribute, textAttribute } from '../../src/graph/attributes.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { type GradientCase, integers, variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const weights = tensorOf('', [3], Float32Array.of(0.5, 2, 1.5));
const rows = variable([4, 3]);
const labels = integers([2, 0, 0, 1]);
const reduction = (name: string) => ({ reduction: textAttribute(name) });

function cases(opType: string): GradientCase[] {
  const one = (name: string, inputs: GradientCase['inputs'], attributes: Attributes = {}) => ({
    name,
    opType,
    inputs,
    attributes,
  });
  return [
    one('the mean', [rows, labels]),
    one('the sum', [rows, labels], reduction('sum')),
    one('of each row, weighted', [rows, labels, weights], reduction('none')),
    one('a weighted mean', [rows, labels, weights]),
    one('a label that is ignored', [rows, labels, weights], { ignore_index: intAttribute(0) }),
    one('ignored, not a class', [rows, integers([2, -1, 0, 1])], { ignore_index: intAttribute(-1) }),
    one('of places', [variable([2, 3, 2]), integers([0, 2, 1, 1], [2, 2]), weights]),
  ];
}

describeCases('losses', [...cases('SoftmaxCrossEntropyLoss'), ...cases('NegativeLogLikelihoodLoss')]);
