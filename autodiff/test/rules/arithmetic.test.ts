import { intAttribute } from '../../src/graph/attributes.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { integers, variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const square = variable([2, 3]);
const row = variable([3]);
const column = variable([2, 1]);
const positive = variable([2, 3], [0.5, 2]);

describeCases('arithmetic', [
  { name: 'equal shapes', opType: 'Add', inputs: [square, square] },
  { name: 'a row and a column broadcast', opType: 'Add', inputs: [row, column] },
  { name: 'a scalar broadcasts', opType: 'Add', inputs: [square, variable([])] },
  { name: 'a row is taken off', opType: 'Sub', inputs: [square, row] },
  { name: 'from a column', opType: 'Sub', inputs: [column, square] },
  { name: 'a row and a column broadcast', opType: 'Mul', inputs: [row, column] },
  { name: 'through a leading axis', opType: 'Mul', inputs: [variable([2, 2, 3]), square] },
  { name: 'by a row', opType: 'Div', inputs: [square, variable([3], [0.5, 2])] },
  { name: 'of a scalar', opType: 'Div', inputs: [variable([]), positive] },
  { name: 'float exponents', opType: 'Pow', inputs: [positive, row] },
  { name: 'an integer exponent', opType: 'Pow', inputs: [square, integers([3])] },
  { name: 'the square of negative numbers', opType: 'Pow', inputs: [square, tensorOf('', [], Float32Array.of(2))] },
  { name: 'of three shapes', opType: 'Sum', inputs: [square, row, column] },
  { name: 'of one', opType: 'Sum', inputs: [square] },
  { name: 'of three shapes', opType: 'Mean', inputs: [square, row, column] },
  { name: 'of three shapes', opType: 'Max', inputs: [square, row, column] },
  { name: 'of two', opType: 'Min', inputs: [square, row] },
  { name: 'of one', opType: 'Max', inputs: [square] },
  {
    name: 'a condition that broadcasts',
    opType: 'Where',
    inputs: [tensorOf('', [3], Uint8Array.of(1, 0, 1), 'BOOL'), square, column],
  },
  {
    name: 'the remainder with the sign of the dividend',
    opType: 'Mod',
    inputs: [variable([4], [5.2, 5.8]), variable([4], [1.9, 2.1])],
    attributes: { fmod: intAttribute(1) },
  },
  {
    name: 'a value that is used three times',
    opType: 'Mul',
    inputs: [square],
    build: (graph, [x = '']) => [graph.node('Mul', [graph.node('Mul', [x, x]), x])],
  },
]);
