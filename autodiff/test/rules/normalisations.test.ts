import { floatAttribute, intAttribute } from '../../src/graph/attributes.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const image = variable([2, 3, 2, 2]);
const channels = variable([3], [0.5, 1.5]);
const mean = tensorOf('', [3], Float32Array.of(0.1, -0.2, 0.3));
const variance = tensorOf('', [3], Float32Array.of(0.5, 1, 1.5));

describeCases('normalisations', [
  {
    name: 'with the statistics of earlier',
    opType: 'BatchNormalization',
    inputs: [image, channels, variable([3]), mean, variance],
    attributes: { epsilon: floatAttribute(0.01) },
  },
  {
    name: 'of rows',
    opType: 'BatchNormalization',
    inputs: [variable([4, 3]), channels, variable([3]), mean, variance],
  },
  {
    name: 'with the statistics of the batch',
    opType: 'BatchNormalization',
    inputs: [variable([3, 3, 2]), channels, variable([3]), mean, variance],
    build: (graph, inputs) =>
      graph
        .nodes('BatchNormalization', inputs, {
          attributes: { training_mode: intAttribute(1) },
          outputs: ['y', 'running_mean', 'running_variance'],
        })
        .slice(0, 1),
  },
  {
    name: 'of the last axis',
    opType: 'LayerNormalization',
    inputs: [variable([2, 2, 4]), variable([4], [0.5, 1.5]), variable([4])],
  },
  {
    name: 'of two axes, without a bias',
    opType: 'LayerNormalization',
    inputs: [variable([2, 2, 3]), variable([2, 3], [0.5, 1.5])],
    attributes: { axis: intAttribute(1), epsilon: floatAttribute(0.01) },
  },
  { name: 'of images', opType: 'InstanceNormalization', inputs: [image, channels, variable([3])] },
  { name: 'of signals', opType: 'InstanceNormalization', inputs: [variable([2, 3, 4]), channels, variable([3])] },
  {
    name: 'of two groups',
    opType: 'GroupNormalization',
    inputs: [variable([2, 4, 3]), variable([4], [0.5, 1.5]), variable([4])],
    attributes: { num_groups: intAttribute(2), epsilon: floatAttribute(0.01) },
  },
  { name: 'of a batch of images', opType: 'MeanVarianceNormalization', inputs: [image] },
  { name: 'by the length', opType: 'LpNormalization', inputs: [variable([3, 4], [-1.5, -0.5])] },
  {
    name: 'by the sum of sizes',
    opType: 'LpNormalization',
    inputs: [variable([3, 4])],
    attributes: { p: intAttribute(1), axis: intAttribute(0) },
  },
  ...[3, 5].map((size) => ({
    name: `over ${size} channels`,
    opType: 'LRN',
    inputs: [variable([2, 5, 2, 2])],
    attributes: { size: intAttribute(size), alpha: floatAttribute(0.3), bias: floatAttribute(1.2) },
  })),
]);
