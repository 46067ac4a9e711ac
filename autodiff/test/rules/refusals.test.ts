import { describe, expect, it } from 'vitest';
import { type Attributes, floatAttribute, intAttribute, textAttribute } from '../../src/graph/attributes.ts';
import { OnnxError } from '../../src/onnx-error.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { checkGradient, type CaseInput, type GradientCase, integers, variable } from './check-gradient.ts';

const image = variable([1, 1, 4, 4]);
const factors = tensorOf('', [4], Float32Array.of(1, 1, 0.5, 0.5));
const region = tensorOf('', [8], Float32Array.of(0, 0, 0.2, 0.2, 1, 1, 0.8, 0.8));

function refused(opType: string, name: string, inputs: readonly CaseInput[], attributes: Attributes = {}) {
  return { opType, name, inputs, attributes } satisfies GradientCase;
}

const labels = integers([0, 1]);
const CASES: readonly (readonly [GradientCase, string])[] = [
  [refused('Einsum', 'a diagonal', [variable([2, 2])], { equation: textAttribute('ii->i') }), 'a diagonal in "ii->i"'],
  [
    refused('Resize', 'smoothing', [image, '', factors], { mode: textAttribute('linear'), antialias: intAttribute(1) }),
    'antialias',
  ],
  [
    refused('Resize', 'a region', [image, region, factors], {
      mode: textAttribute('linear'),
      coordinate_transformation_mode: textAttribute('tf_crop_and_resize'),
      extrapolation_value: floatAttribute(0),
    }),
    'coordinate_transformation_mode "tf_crop_and_resize"',
  ],
  [
    refused('Resize', 'outside places', [image, '', factors], {
      mode: textAttribute('cubic'),
      exclude_outside: intAttribute(1),
    }),
    'exclude_outside',
  ],
  [
    refused('ScatterElements', 'products', [variable([2, 2]), integers([0, 1], [1, 2]), variable([1, 2])], {
      reduction: textAttribute('mul'),
    }),
    'reduction "mul"',
  ],
  [
    {
      ...refused('SoftmaxCrossEntropyLoss', 'its other result', [variable([2, 2]), labels]),
      outputs: 2,
    },
    'its log probabilities are used',
  ],
];

describe('what a rule cannot differentiate', () => {
  it.each(CASES.map(([testCase, reason]) => [`${testCase.opType}: ${testCase.name}`, testCase, reason] as const))(
    '%s: refused, with the node and the reason',
    async (_, testCase, reason) => {
      const error = await checkGradient(testCase).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OnnxError);
      expect(error).toMatchObject({ code: 'NO_GRADIENT' });
      expect(String(error)).toContain(`${testCase.opType} "${testCase.opType}_0": ${reason}`);
    },
  );
});
