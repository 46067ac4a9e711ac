import { floatAttribute, textAttribute } from '../../src/graph/attributes.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const wide = [variable([2, 5], [-2, 2])];
const limit = (value: number) => tensorOf('', [], Float32Array.of(value));

describeCases('activations', [
  { name: 'on both sides of zero', opType: 'Relu', inputs: wide },
  { name: 'with its usual slope', opType: 'LeakyRelu', inputs: wide },
  { name: 'with a slope', opType: 'LeakyRelu', inputs: wide, attributes: { alpha: floatAttribute(0.3) } },
  { name: 'a slope per channel', opType: 'PRelu', inputs: [variable([2, 3, 4]), variable([3, 1])] },
  { name: 'above a threshold', opType: 'ThresholdedRelu', inputs: wide, attributes: { alpha: floatAttribute(0.4) } },
  { name: 'with alpha', opType: 'Elu', inputs: wide, attributes: { alpha: floatAttribute(0.7) } },
  { name: 'with alpha', opType: 'Celu', inputs: wide, attributes: { alpha: floatAttribute(0.7) } },
  { name: 'as published', opType: 'Selu', inputs: wide },
  { name: 'between two limits', opType: 'Clip', inputs: [...wide, limit(-0.5), limit(0.75)] },
  { name: 'with an upper limit only', opType: 'Clip', inputs: [...wide, '', limit(0.75)] },
  { name: 'without limits', opType: 'Clip', inputs: wide },
  { name: 'on both sides of its corners', opType: 'HardSigmoid', inputs: [variable([12], [-4, 4])] },
  { name: 'on both sides of its corners', opType: 'HardSwish', inputs: [variable([12], [-4, 4])] },
  { name: 'on both sides of zero', opType: 'Sigmoid', inputs: wide },
  { name: 'on both sides of zero', opType: 'Tanh', inputs: wide },
  { name: 'on both sides of zero', opType: 'Softplus', inputs: wide },
  { name: 'on both sides of zero', opType: 'Softsign', inputs: wide },
  { name: 'by the error function', opType: 'Gelu', inputs: wide },
  {
    name: 'by the hyperbolic tangent',
    opType: 'Gelu',
    inputs: wide,
    attributes: { approximate: textAttribute('tanh') },
  },
  { name: 'on both sides of zero', opType: 'Mish', inputs: wide },
  { name: 'on both sides of zero', opType: 'Erf', inputs: wide },
  { name: 'with a bias', opType: 'Shrink', inputs: wide, attributes: { bias: floatAttribute(0.2) } },
]);
