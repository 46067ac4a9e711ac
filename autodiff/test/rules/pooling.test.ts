import { type Attributes, intAttribute, intsAttribute, textAttribute } from '../../src/graph/attributes.ts';
import type { GradientCase } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const image = [2, 2, 5, 4];
const kernel = { kernel_shape: intsAttribute([2, 2]) };

function pool(opType: string, name: string, attributes: Attributes, dims: readonly number[] = image): GradientCase {
  return { name, opType, inputs: [{ dims, values: spacedValues(dims) }], attributes };
}

/** All different by far more than the steps of the differences, so that no step changes which one is the largest. */
function spacedValues(dims: readonly number[]): number[] {
  const count = dims.reduce((product, size) => product * size, 1);
  return Array.from({ length: count }, (_, index) => ((index * 37 + 11) % 101) / 20 - 2.5);
}

const both = (opType: string): GradientCase[] => [
  pool(opType, 'beside each other', { ...kernel, strides: intsAttribute([2, 2]) }),
  pool(opType, 'overlapping', { kernel_shape: intsAttribute([3, 2]) }),
  pool(opType, 'with pads and stride', {
    ...kernel,
    pads: intsAttribute([1, 0, 1, 1]),
    strides: intsAttribute([2, 1]),
  }),
  pool(opType, 'with a last window that is not full', {
    ...kernel,
    strides: intsAttribute([2, 2]),
    ceil_mode: intAttribute(1),
  }),
  pool(opType, 'padded to the same size', { ...kernel, auto_pad: textAttribute('SAME_UPPER') }),
  pool(opType, 'with dilation', { ...kernel, dilations: intsAttribute([2, 1]) }),
  pool(opType, 'in one dimension', { kernel_shape: intsAttribute([3]), strides: intsAttribute([2]) }, [1, 2, 7]),
  pool(opType, 'in three dimensions', { kernel_shape: intsAttribute([2, 1, 2]) }, [1, 1, 3, 2, 3]),
];

describeCases('pooling', [
  ...both('MaxPool'),
  ...both('AveragePool'),
  pool('AveragePool', 'that counts the pads', {
    ...kernel,
    pads: intsAttribute([1, 1, 1, 1]),
    count_include_pad: intAttribute(1),
  }),
  pool('LpPool', 'of squares', kernel),
  pool('LpPool', 'of cubes, with pads', { ...kernel, p: intAttribute(3), pads: intsAttribute([1, 0, 0, 1]) }),
  pool('GlobalAveragePool', 'of an image', {}),
  pool('GlobalMaxPool', 'of an image', {}),
  pool('GlobalLpPool', 'of cubes', { p: intAttribute(3) }),
]);
