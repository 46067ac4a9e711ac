import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../src/codec/encode.ts';
import type { OnnxModel } from '../../src/codec/messages.ts';
import {
  type Attributes,
  floatAttribute,
  floatsAttribute,
  intAttribute,
  intsAttribute,
  textAttribute,
} from '../../src/graph/attributes.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { modelOf } from '../../src/graph/model-of.ts';
import { normalise } from '../../src/normalise/normalise.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { anyEngine } from '../engines.ts';
import { numbers, randomFloats, runOnce, tensor } from '../training.ts';

interface OldNode {
  readonly name: string;
  readonly opType: string;
  readonly opset: number;
  readonly dims: readonly number[];
  readonly attributes?: Attributes;
  readonly constants?: readonly ReturnType<typeof tensorOf>[];
  readonly outputs?: number;
}

const vector = (...values: number[]) => tensorOf('', [values.length], Float32Array.from(values));
const longs = (...values: number[]) => tensorOf('', [values.length], BigInt64Array.from(values, BigInt));
const statistics = [vector(1, 2), vector(0, 1), vector(0.1, -0.1), vector(1, 0.5)];
const factors = floatsAttribute([1, 1, 2, 2]);
const halves = { axis: intAttribute(1), split: intsAttribute([1, 3]) };

const CASES: readonly OldNode[] = [
  {
    name: 'spelled out',
    opType: 'RMSNormalization',
    opset: 23,
    dims: [2, 3, 4],
    constants: [
      tensorOf(
        '',
        [3, 4],
        Float32Array.from({ length: 12 }, (_, index) => index / 6),
      ),
    ],
    attributes: { axis: intAttribute(-2), epsilon: floatAttribute(0.1) },
  },
  { name: 'ratio', opType: 'Dropout', opset: 7, dims: [2, 3], attributes: { ratio: floatAttribute(0.4) } },
  {
    name: 'spatial and momentum',
    opType: 'BatchNormalization',
    opset: 7,
    dims: [2, 2, 3],
    constants: statistics,
    attributes: { spatial: intAttribute(1), momentum: floatAttribute(0.8) },
  },
  {
    name: 'both limits',
    opType: 'Clip',
    opset: 7,
    dims: [5],
    attributes: { min: floatAttribute(-0.3), max: floatAttribute(0.4) },
  },
  { name: 'one limit', opType: 'Clip', opset: 10, dims: [5], attributes: { max: floatAttribute(0.1) } },
  {
    name: 'pads and value',
    opType: 'Pad',
    opset: 10,
    dims: [2, 3],
    attributes: { pads: intsAttribute([0, 1, 1, 2]), value: floatAttribute(0.5) },
  },
  {
    name: 'mode',
    opType: 'Pad',
    opset: 7,
    dims: [2, 3],
    attributes: { pads: intsAttribute([0, 1, 0, 2]), mode: textAttribute('reflect') },
  },
  { name: 'axes', opType: 'Squeeze', opset: 11, dims: [2, 1, 3, 1], attributes: { axes: intsAttribute([1, 3]) } },
  { name: 'no axes', opType: 'Squeeze', opset: 11, dims: [2, 1, 3, 1] },
  { name: 'axes', opType: 'Unsqueeze', opset: 11, dims: [2, 3], attributes: { axes: intsAttribute([0, 2]) } },
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceL2', 'ReduceLogSumExp', 'ReduceProd'].map((opType) => ({
    name: 'axes',
    opType,
    opset: 11,
    dims: [2, 3, 2],
    attributes: { axes: intsAttribute([0, -1]), keepdims: intAttribute(0) },
  })),
  { name: 'axes of 17', opType: 'ReduceMean', opset: 17, dims: [2, 3], attributes: { axes: intsAttribute([1]) } },
  { name: 'all axes', opType: 'ReduceMin', opset: 12, dims: [2, 3] },
  { name: 'flattened from axis 1', opType: 'Softmax', opset: 12, dims: [2, 3, 2] },
  {
    name: 'flattened from axis 2',
    opType: 'LogSoftmax',
    opset: 9,
    dims: [2, 2, 2, 2],
    attributes: { axis: intAttribute(2) },
  },
  { name: 'flattened', opType: 'Hardmax', opset: 11, dims: [2, 3, 2] },
  {
    name: 'starts, ends and axes',
    opType: 'Slice',
    opset: 9,
    dims: [3, 4],
    attributes: { starts: intsAttribute([1, -3]), ends: intsAttribute([3, -1]), axes: intsAttribute([0, 1]) },
  },
  {
    name: 'no axes',
    opType: 'Slice',
    opset: 9,
    dims: [3, 4],
    attributes: { starts: intsAttribute([1]), ends: intsAttribute([2]) },
  },
  { name: 'sizes', opType: 'Split', opset: 11, dims: [2, 4], outputs: 2, attributes: halves },
  { name: 'equal parts', opType: 'Split', opset: 13, dims: [4, 2], outputs: 2 },
  { name: 'sizes of 13', opType: 'Split', opset: 13, dims: [4, 2], outputs: 2, constants: [longs(3, 1)] },
  { name: 'k', opType: 'TopK', opset: 9, dims: [2, 5], outputs: 2, attributes: { k: intAttribute(2) } },
  { name: 'scales', opType: 'Upsample', opset: 7, dims: [1, 1, 2, 3], attributes: { scales: factors } },
  {
    name: 'linear, scales as an input',
    opType: 'Upsample',
    opset: 9,
    dims: [1, 1, 2, 3],
    constants: [vector(1, 1, 2, 2)],
    attributes: { mode: textAttribute('linear') },
  },
  { name: 'of version 10', opType: 'Resize', opset: 10, dims: [1, 1, 4, 4], constants: [vector(1, 1, 0.5, 1.5)] },
  {
    name: 'its new name',
    opType: 'Scatter',
    opset: 9,
    dims: [2, 3],
    constants: [tensorOf('', [1, 2], BigInt64Array.of(1n, 0n)), tensorOf('', [1, 2], Float32Array.of(7, 8))],
  },
];

function oldModel({ opType, opset, dims, attributes = {}, constants = [], outputs: count = 1 }: OldNode): OnnxModel {
  const graph = new GraphBuilder('old');
  const x = graph.input('x', 'FLOAT', ['batch', ...dims.slice(1)]);
  const names = constants.map((constant, index) => graph.constant({ ...constant, name: `c${index}` }));
  const outputs = Array.from({ length: count }, (_, index) => `y${index}`);
  graph.nodes(opType, [x, ...names], { attributes, outputs });
  graph.output('y0', 'FLOAT', []);
  const built = graph.build();
  const untyped = outputs.map((name) => ({ name }));
  return modelOf({ ...built, outputs: untyped }, { opset, irVersion: opset < 9 ? 3 : 7 });
}

/** Files of IR version 3 list their constants among the inputs. */
function withListedConstants(model: OnnxModel): OnnxModel {
  if (model.irVersion > 3) return model;
  const listed = model.graph.initializers.map(({ name = '', dims, dataType }) => ({
    name,
    type: { tensorType: { elemType: dataType, shape: { dims: dims.map((dimValue) => ({ dimValue })) } } },
  }));
  return { ...model, graph: { ...model.graph, inputs: [...model.graph.inputs, ...listed] } };
}

describe('upgrades', () => {
  it.each(CASES.map((old) => [`${old.opType} of operator set ${old.opset}: ${old.name}`, old] as const))(
    '%s computes the same afterwards',
    async (_, old) => {
      const model = withListedConstants(oldModel(old));
      const x = randomFloats(old.dims, 7);
      const [before, after] = [model, normalise(model)].map((one) => runOnce(anyEngine, encodeModel(one), { x }));
      const [expected, found] = [await before, await after];
      for (const name of Object.keys(expected ?? {})) {
        expect(tensor(found ?? {}, name).dims).toEqual(tensor(expected ?? {}, name).dims);
        const values = numbers(expected ?? {}, name);
        for (const [index, value] of numbers(found ?? {}, name).entries())
          expect(value).toBeCloseTo(values[index] ?? NaN, 6);
      }
      expect(Object.keys(found ?? {})).toEqual(Object.keys(expected ?? {}));
    },
  );

  it('operators that are newer than 21 and the same in it pass', () => {
    const model = oldModel({ name: '', opType: 'Relu', opset: 23, dims: [2] });
    expect(normalise(model).opsetImports).toEqual([{ domain: '', version: 21 }]);
  });

  it.each([6, 25])('operator set %i is refused', (opset) => {
    const refused = expect.objectContaining({ code: 'UNSUPPORTED' });
    expect(() => normalise(oldModel({ name: '', opType: 'Relu', opset, dims: [2] }))).toThrow(refused);
  });
});
