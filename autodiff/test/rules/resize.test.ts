import { type Attributes, intsAttribute, textAttribute } from '../../src/graph/attributes.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { type GradientCase, integers, variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const image = [1, 2, 3, 4];

function byScales(name: string, scales: readonly number[], attributes: Attributes): GradientCase {
  const factors = tensorOf('', [scales.length], Float32Array.from(scales));
  return { name, opType: 'Resize', inputs: [variable(image), '', factors], attributes };
}

function toSizes(name: string, sizes: readonly number[], attributes: Attributes): GradientCase {
  return { name, opType: 'Resize', inputs: [variable(image), '', '', integers(sizes)], attributes };
}

const mode = (name: string) => ({ mode: textAttribute(name) });
const coordinates = (name: string) => ({ coordinate_transformation_mode: textAttribute(name) });

describeCases('resizing', [
  byScales('nearest, twice as large', [1, 1, 2, 2], mode('nearest')),
  byScales('nearest as Upsample had it', [1, 1, 2, 3], {
    ...mode('nearest'),
    ...coordinates('asymmetric'),
    nearest_mode: textAttribute('floor'),
  }),
  toSizes('nearest, smaller', [1, 2, 2, 3], { ...mode('nearest'), nearest_mode: textAttribute('round_prefer_ceil') }),
  byScales('linear, twice as large', [1, 1, 2, 2], mode('linear')),
  byScales('linear with a scale that is no whole number', [1, 1, 1.5, 0.6], mode('linear')),
  byScales('linear around the middle', [1, 1, 1.4, 0.7], { ...mode('linear'), ...coordinates('half_pixel_symmetric') }),
  byScales('nearest around the middle', [1, 1, 1.4, 2.3], {
    ...mode('nearest'),
    ...coordinates('half_pixel_symmetric'),
  }),
  toSizes('linear with corners kept', [1, 2, 5, 7], { ...mode('linear'), ...coordinates('align_corners') }),
  toSizes('linear, to one row', [1, 2, 1, 5], { ...mode('linear'), ...coordinates('pytorch_half_pixel') }),
  byScales('linear from the left edge', [1, 1, 2, 1], { ...mode('linear'), ...coordinates('asymmetric') }),
  toSizes('cubic', [1, 2, 5, 7], mode('cubic')),
  {
    name: 'of two axes',
    opType: 'Resize',
    inputs: [variable(image), '', tensorOf('', [2], Float32Array.of(2, 2))],
    attributes: { ...mode('linear'), axes: intsAttribute([-2, -1]) },
  },
]);
