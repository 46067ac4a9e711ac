import { intAttribute, textAttribute } from '../../src/graph/attributes.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { integers, variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const table = variable([4, 3]);
const cube = variable([2, 3, 4]);
const axis = (value: number) => ({ axis: intAttribute(value) });
const add = { reduction: textAttribute('add') };
const zero = tensorOf('', [], BigInt64Array.of(0n));

describeCases('picking and placing', [
  { name: 'rows, one of them twice', opType: 'Gather', inputs: [table, integers([2, 0, 2])] },
  { name: 'from the end', opType: 'Gather', inputs: [table, integers([-1, 1])] },
  { name: 'a matrix of rows', opType: 'Gather', inputs: [table, integers([0, 1, 3, 3], [2, 2])] },
  { name: 'one row', opType: 'Gather', inputs: [table, tensorOf('', [], BigInt64Array.of(1n))] },
  {
    name: 'along a middle axis',
    opType: 'Gather',
    inputs: [cube, integers([2, 2, 0, 1], [2, 2])],
    attributes: axis(1),
  },
  {
    name: 'one place of the last axis',
    opType: 'Gather',
    inputs: [cube, tensorOf('', [], Int32Array.of(-2))],
    attributes: axis(-1),
  },
  {
    name: 'with repeated places',
    opType: 'GatherElements',
    inputs: [table, integers([0, 0, -1, 1, 2, 0], [3, 2])],
    attributes: axis(1),
  },
  { name: 'places', opType: 'GatherND', inputs: [table, integers([0, 1, 3, 2, 0, 1], [3, 2])] },
  { name: 'rows', opType: 'GatherND', inputs: [cube, integers([1, 2, 0, 0], [2, 2])] },
  {
    name: 'places of each example',
    opType: 'GatherND',
    inputs: [cube, integers([2, 0, 2, 1, 1, 3, 1, 3], [2, 2, 2])],
    attributes: { batch_dims: intAttribute(1) },
  },
  {
    name: 'places of each example and row',
    opType: 'GatherND',
    inputs: [cube, integers([2, -1, 0, 1, 3, 3], [2, 3, 1])],
    attributes: { batch_dims: intAttribute(2) },
  },
  {
    name: 'that overwrites',
    opType: 'ScatterElements',
    inputs: [table, integers([0, 2], [1, 2]), variable([1, 2])],
    attributes: axis(1),
  },
  {
    name: 'that adds',
    opType: 'ScatterElements',
    inputs: [table, integers([1, 1, 0, 2, 0, 1], [2, 3]), variable([2, 3])],
    attributes: add,
  },
  { name: 'that overwrites', opType: 'ScatterND', inputs: [table, integers([2, 0], [2, 1]), variable([2, 3])] },
  {
    name: 'that adds',
    opType: 'ScatterND',
    inputs: [table, integers([2, 2], [2, 1]), variable([2, 3])],
    attributes: add,
  },
  { name: 'the largest', opType: 'TopK', inputs: [variable([3, 5]), integers([2])], outputs: 2 },
  {
    name: 'the smallest of an axis',
    opType: 'TopK',
    inputs: [variable([4, 3]), integers([2])],
    outputs: 2,
    attributes: { ...axis(0), largest: intAttribute(0) },
  },
  { name: 'along an axis', opType: 'CumSum', inputs: [table, zero] },
  {
    name: 'backwards, without itself',
    opType: 'CumSum',
    inputs: [table, zero],
    attributes: { reverse: intAttribute(1), exclusive: intAttribute(1) },
  },
  { name: 'upper triangles', opType: 'Trilu', inputs: [variable([2, 3, 3])] },
  {
    name: 'lower triangles off the diagonal',
    opType: 'Trilu',
    inputs: [variable([3, 4]), tensorOf('', [], BigInt64Array.of(-1n))],
    attributes: { upper: intAttribute(0) },
  },
]);
