import { type Attributes, intAttribute, intsAttribute, textAttribute } from '../../src/graph/attributes.ts';
import { type GradientCase, variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

function conv(name: string, input: readonly number[], weight: readonly number[], attributes: Attributes): GradientCase {
  return { name, opType: 'Conv', inputs: [variable(input), variable(weight), variable([weight[0] ?? 0])], attributes };
}

describeCases('convolution', [
  conv('plain', [2, 2, 4, 4], [3, 2, 3, 3], {}),
  conv('with pads on all sides', [1, 2, 4, 3], [2, 2, 3, 3], { pads: intsAttribute([1, 2, 0, 1]) }),
  conv('with a stride that leaves out the end', [2, 1, 6, 5], [2, 1, 3, 2], { strides: intsAttribute([2, 3]) }),
  conv('with stride and pads', [1, 2, 5, 6], [2, 2, 3, 3], {
    strides: intsAttribute([2, 2]),
    pads: intsAttribute([1, 1, 1, 1]),
  }),
  conv('with dilation', [1, 1, 6, 6], [2, 1, 2, 3], { dilations: intsAttribute([3, 2]) }),
  conv('with dilation, stride and pads', [1, 1, 7, 6], [1, 1, 2, 2], {
    dilations: intsAttribute([2, 3]),
    strides: intsAttribute([2, 2]),
    pads: intsAttribute([1, 0, 1, 1]),
  }),
  conv('with groups', [2, 4, 3, 3], [6, 2, 2, 2], { group: intAttribute(2) }),
  conv('of each channel for itself, with a stride', [2, 3, 5, 4], [3, 1, 2, 2], {
    group: intAttribute(3),
    strides: intsAttribute([2, 1]),
  }),
  conv('of single places', [2, 3, 2, 2], [4, 3, 1, 1], {}),
  conv('in one dimension', [2, 2, 7], [3, 2, 3], { strides: intsAttribute([2]), pads: intsAttribute([1, 0]) }),
  conv('in three dimensions', [1, 1, 3, 4, 3], [2, 1, 2, 2, 2], { strides: intsAttribute([1, 2, 1]) }),
  ...['SAME_UPPER', 'SAME_LOWER', 'VALID'].map((mode) =>
    conv(mode, [1, 1, 5, 4], [1, 1, 2, 3], { auto_pad: textAttribute(mode), strides: intsAttribute([2, 1]) }),
  ),
  { name: 'without a bias', opType: 'Conv', inputs: [variable([1, 1, 3, 3]), variable([1, 1, 2, 2])] },
]);

function transposed(
  name: string,
  input: readonly number[],
  weight: readonly number[],
  attributes: Attributes,
): GradientCase {
  const group = Number(attributes['group']?.i ?? 1);
  const channels = (weight[1] ?? 0) * group;
  const inputs = [variable(input), variable(weight), variable([channels])];
  return { name, opType: 'ConvTranspose', inputs, attributes };
}

describeCases('transposed convolution', [
  transposed('plain', [2, 2, 3, 2], [2, 3, 2, 2], {}),
  transposed('with stride and pads', [1, 2, 3, 3], [2, 2, 3, 3], {
    strides: intsAttribute([2, 1]),
    pads: intsAttribute([1, 0, 1, 2]),
  }),
  transposed('with stride and output padding', [1, 1, 3, 2], [1, 2, 2, 3], {
    strides: intsAttribute([3, 2]),
    output_padding: intsAttribute([2, 1]),
  }),
  transposed('with dilation', [1, 1, 3, 3], [1, 1, 2, 2], { dilations: intsAttribute([2, 1]) }),
  transposed('with groups', [2, 4, 2, 3], [4, 1, 2, 2], { group: intAttribute(2), strides: intsAttribute([2, 2]) }),
  transposed('in one dimension', [2, 2, 4], [2, 1, 3], { strides: intsAttribute([2]) }),
  transposed('in three dimensions', [1, 1, 2, 2, 2], [1, 2, 2, 1, 2], { strides: intsAttribute([1, 2, 2]) }),
  ...['SAME_UPPER', 'SAME_LOWER'].map((mode) =>
    transposed(mode, [1, 1, 3, 2], [1, 1, 3, 2], { auto_pad: textAttribute(mode), strides: intsAttribute([2, 1]) }),
  ),
  transposed('to a given shape', [1, 1, 3, 2], [1, 1, 3, 3], {
    output_shape: intsAttribute([6, 3]),
    strides: intsAttribute([2, 2]),
  }),
]);
