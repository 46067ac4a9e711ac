import { intAttribute, intsAttribute, textAttribute } from '../../src/graph/attributes.ts';
import { DATA_TYPE } from '../../src/tensors/data-type.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { integers, variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const cube = variable([2, 3, 4]);
const far = integers([Number.MAX_SAFE_INTEGER]);
const blocks = { blocksize: intAttribute(2) };

describeCases('movements', [
  { name: 'with an inferred size', opType: 'Reshape', inputs: [cube, integers([3, -1])] },
  { name: 'at an axis', opType: 'Flatten', inputs: [cube], attributes: { axis: intAttribute(2) } },
  { name: 'of one axis', opType: 'Squeeze', inputs: [variable([2, 1, 3]), integers([1])] },
  { name: 'of two axes', opType: 'Unsqueeze', inputs: [cube, integers([0, -1])] },
  { name: 'of all axes', opType: 'Transpose', inputs: [cube] },
  { name: 'in a circle', opType: 'Transpose', inputs: [cube], attributes: { perm: intsAttribute([1, 2, 0]) } },
  { name: 'of two', opType: 'Concat', inputs: [cube, variable([2, 1, 4])], attributes: { axis: intAttribute(-2) } },
  { name: 'of one', opType: 'Concat', inputs: [cube], attributes: { axis: intAttribute(0) } },
  {
    name: 'in unequal parts',
    opType: 'Split',
    inputs: [cube, integers([1, 2])],
    outputs: 2,
    attributes: { axis: intAttribute(1) },
  },
  { name: 'of two axes', opType: 'Slice', inputs: [cube, integers([1, -3]), integers([3, -1]), integers([1, 2])] },
  { name: 'of leading axes', opType: 'Slice', inputs: [cube, integers([1]), integers([2])] },
  { name: 'with a step', opType: 'Slice', inputs: [cube, integers([0]), far, integers([2]), integers([3])] },
  {
    name: 'backwards',
    opType: 'Slice',
    inputs: [cube, integers([-1, 2]), integers([-Number.MAX_SAFE_INTEGER, 0]), integers([2, 1]), integers([-2, -1])],
  },
  { name: 'with zeros', opType: 'Pad', inputs: [variable([2, 3]), integers([0, 1, 2, 1])] },
  { name: 'that cuts', opType: 'Pad', inputs: [variable([3, 4]), integers([-1, 1, 1, -2])] },
  { name: 'of one axis', opType: 'Pad', inputs: [variable([2, 3]), integers([1, 2]), '', integers([-1])] },
  ...['edge', 'reflect', 'wrap'].map((mode) => ({
    name: mode,
    opType: 'Pad',
    inputs: [variable([3, 3]), integers([1, 2, 0, 1])],
    attributes: { mode: textAttribute(mode) },
  })),
  { name: 'of an axis and a new one', opType: 'Expand', inputs: [variable([3, 1]), integers([2, 1, 4])] },
  { name: 'of two axes', opType: 'Tile', inputs: [variable([2, 3]), integers([2, 3])] },
  { name: 'to what it is', opType: 'Cast', inputs: [cube], attributes: { to: intAttribute(DATA_TYPE.FLOAT) } },
  { name: 'to what it is', opType: 'CastLike', inputs: [cube, tensorOf('', [1], Float32Array.of(1))] },
  { name: 'depth first', opType: 'DepthToSpace', inputs: [variable([1, 8, 2, 3])], attributes: blocks },
  {
    name: 'column first',
    opType: 'DepthToSpace',
    inputs: [variable([2, 8, 2, 1])],
    attributes: { ...blocks, mode: textAttribute('CRD') },
  },
  { name: 'of blocks', opType: 'SpaceToDepth', inputs: [variable([1, 2, 4, 2])], attributes: blocks },
]);
