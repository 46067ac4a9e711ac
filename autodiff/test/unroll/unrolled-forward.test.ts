import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../src/codec/encode.ts';
import type { OnnxModel } from '../../src/codec/messages.ts';
import {
  type Attributes,
  floatAttribute,
  intAttribute,
  textAttribute,
  textsAttribute,
} from '../../src/graph/attributes.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { modelOf } from '../../src/graph/model-of.ts';
import { TARGET_OPSET } from '../../src/graph/target-opset.ts';
import { OnnxError } from '../../src/onnx-error.ts';
import { measureValues } from '../../src/shapes/measure-values.ts';
import { unrollRecurrent } from '../../src/unroll/unroll-recurrent.ts';
import { anyEngine, engines } from '../engines.ts';
import { numbers, randomFloats, runOnce } from '../training.ts';

const GATES = { LSTM: 4, GRU: 3, RNN: 1 } as const;
const [STEPS, BATCH, INPUTS, HIDDEN] = [6, 3, 4, 5] as const;

interface Layer {
  readonly opType: keyof typeof GATES;
  readonly directions?: 1 | 2;
  readonly attributes?: Attributes;
  readonly steps?: number;
  /** Names of inputs 4 to 7; '' for one that is left out. */
  readonly more?: readonly string[];
}

function layerModel({ opType, directions = 1, attributes = {}, more = [] }: Layer): OnnxModel {
  const graph = new GraphBuilder('layer');
  const rows = GATES[opType] * HIDDEN;
  const weight = (name: string, dims: readonly number[]) =>
    graph.initializer(name, dims, randomFloats(dims, name.length).data);
  const x = graph.input('x', 'FLOAT', ['steps', 'batch', INPUTS]);
  const weights = [
    weight('w', [directions, rows, INPUTS]),
    weight('re', [directions, rows, HIDDEN]),
    weight('bia', [directions, 2 * rows]),
  ];
  graph.initializer('lengths', [BATCH], new Int32Array(BATCH).fill(STEPS - 1));
  graph.initializer('all-steps', [BATCH], new Int32Array(BATCH).fill(STEPS));
  weight('start', [directions, BATCH, HIDDEN]);
  weight('peephole', [directions, 3 * HIDDEN]);
  const outputs = ['all', 'last', ...(opType === 'LSTM' ? ['cell'] : [])];
  graph.nodes(opType, [x, ...weights, ...more], {
    attributes: { hidden_size: intAttribute(HIDDEN), ...attributes },
    outputs,
  });
  for (const name of outputs) graph.output(name, 'FLOAT', []);
  return modelOf(
    { ...graph.build(), outputs: outputs.map((name) => ({ name })) },
    { opset: TARGET_OPSET, irVersion: 10 },
  );
}

async function unrolled(layer: Layer): Promise<{ model: OnnxModel; original: OnnxModel }> {
  const original = layerModel(layer);
  const feeds = { x: randomFloats([layer.steps ?? STEPS, BATCH, INPUTS], 9) };
  const graph = unrollRecurrent(original.graph, await measureValues(original, feeds, anyEngine));
  return { model: { ...original, graph }, original };
}

const direction = (name: string) => ({ direction: textAttribute(name) });
const activations = (...names: string[]) => ({ activations: textsAttribute(names) });
const linear = { linear_before_reset: intAttribute(1) };

const LAYERS: readonly (readonly [string, Layer])[] = [
  ['LSTM forwards', { opType: 'LSTM', more: ['', 'start', 'start'] }],
  ['LSTM backwards', { opType: 'LSTM', attributes: direction('reverse') }],
  ['LSTM in both directions', { opType: 'LSTM', directions: 2, attributes: direction('bidirectional') }],
  ['LSTM of one step', { opType: 'LSTM', steps: 1 }],
  ['GRU forwards', { opType: 'GRU', more: ['', 'start'] }],
  ['GRU in both directions', { opType: 'GRU', directions: 2, attributes: direction('bidirectional') }],
  ['GRU with the reset after the product', { opType: 'GRU', more: ['', 'start'], attributes: linear }],
  ['GRU with all steps of all examples', { opType: 'GRU', more: ['all-steps'] }],
  ['LSTM with other activations', { opType: 'LSTM', attributes: activations('Sigmoid', 'Softsign', 'Relu') }],
  [
    'RNN with an activation for each direction',
    {
      opType: 'RNN',
      directions: 2,
      attributes: { ...direction('bidirectional'), ...activations('Relu', 'Softplus') },
    },
  ],
  ['RNN backwards', { opType: 'RNN', attributes: direction('reverse'), more: ['', 'start'] }],
];

describe('an unrolled layer', () => {
  it.each(LAYERS)('%s: gives what the operator gives', async (_, layer) => {
    const { model, original } = await unrolled(layer);
    expect(model.graph.nodes.some(({ opType }) => opType === layer.opType)).toBe(false);
    const feeds = { x: randomFloats([layer.steps ?? STEPS, BATCH, INPUTS], 10) };
    for (const [, engine] of engines) {
      const expected = await runOnce(engine, encodeModel(original), feeds);
      const found = await runOnce(engine, encodeModel(model), feeds);
      for (const { name } of original.graph.outputs) {
        const values = numbers(expected, name);
        const distances = numbers(found, name).map((value, index) => Math.abs(value - (values[index] ?? NaN)));
        expect(distances.length).toBe(values.length);
        expect(Math.max(...distances)).toBeLessThan(1e-5);
      }
    }
  });

  it.each<[string, Layer, string]>([
    ['examples of different lengths', { opType: 'GRU', more: ['lengths'] }, 'sequence_lens other than all steps'],
    ['gates that see the cell', { opType: 'LSTM', more: ['', '', '', 'peephole'] }, 'peepholes'],
    ['bounds inside', { opType: 'LSTM', attributes: { clip: floatAttribute(1) } }, 'clip'],
    [
      'other activations',
      { opType: 'GRU', attributes: activations('HardSigmoid', 'Tanh') },
      'the activation HardSigmoid',
    ],
    ['too many steps', { opType: 'RNN', steps: 513 }, '513 steps; 512 can be unrolled'],
  ])('%s: refused, with the node and the reason', async (_, layer, reason) => {
    const refused = await unrolled(layer).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OnnxError);
    expect(refused).toMatchObject({ code: 'NO_GRADIENT' });
    expect(String(refused)).toContain(`${layer.opType} "${layer.opType}_0": ${reason}`);
  });
});
