import { floatAttribute, intAttribute } from '../../src/graph/attributes.ts';
import { type GradientCase, variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

function gemm(transA: 0 | 1, transB: 0 | 1): GradientCase {
  return {
    name: `transA ${transA}, transB ${transB}, alpha and beta`,
    opType: 'Gemm',
    inputs: [variable(transA ? [3, 2] : [2, 3]), variable(transB ? [4, 3] : [3, 4]), variable([4])],
    attributes: {
      transA: intAttribute(transA),
      transB: intAttribute(transB),
      alpha: floatAttribute(0.7),
      beta: floatAttribute(1.3),
    },
  };
}

const matMul = (name: string, a: readonly number[], b: readonly number[]): GradientCase => ({
  name,
  opType: 'MatMul',
  inputs: [variable(a), variable(b)],
});

describeCases('products', [
  gemm(0, 0),
  gemm(0, 1),
  gemm(1, 0),
  gemm(1, 1),
  { name: 'without a bias', opType: 'Gemm', inputs: [variable([2, 3]), variable([3, 4])] },
  { name: 'a full bias', opType: 'Gemm', inputs: [variable([2, 3]), variable([3, 2]), variable([2, 2])] },
  { name: 'a column of bias', opType: 'Gemm', inputs: [variable([2, 3]), variable([3, 2]), variable([2, 1])] },
  matMul('two matrices', [2, 3], [3, 4]),
  matMul('a weight under a batch', [2, 2, 3], [3, 2]),
  matMul('a batch of both', [2, 2, 3], [2, 3, 2]),
  matMul('batches that broadcast', [2, 1, 2, 3], [3, 3, 2]),
  matMul('a matrix on the left of a batch', [2, 3], [2, 3, 2]),
  matMul('a vector on the left', [3], [3, 2]),
  matMul('a vector on the right', [2, 3], [3]),
  matMul('a vector on the right of a batch', [2, 2, 3], [3]),
  matMul('a vector on the left of a batch', [3], [2, 3, 2]),
  matMul('two vectors', [3], [3]),
]);
