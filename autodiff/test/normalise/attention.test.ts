import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../src/codec/encode.ts';
import type { OnnxModel, OnnxTensor } from '../../src/codec/messages.ts';
import { type Attributes, floatAttribute, intAttribute } from '../../src/graph/attributes.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { modelOf } from '../../src/graph/model-of.ts';
import { normalise } from '../../src/normalise/normalise.ts';
import { OnnxError } from '../../src/onnx-error.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { engines } from '../engines.ts';
import { numbers, randomFloats, runOnce } from '../training.ts';

interface Variant {
  readonly name: string;
  readonly query?: readonly number[];
  readonly keys?: readonly number[];
  readonly values?: readonly number[];
  readonly mask?: OnnxTensor;
  readonly attributes?: Attributes;
}

const apart = [2, 2, 3, 4];
const together = [2, 3, 8];
const conditions = tensorOf('mask', [3, 3], Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1, 1), 'BOOL');
const addends = tensorOf('mask', [2, 1, 3, 3], randomFloats([2, 1, 3, 3], 5).data);
const causal = { is_causal: intAttribute(1) };
const heads = { q_num_heads: intAttribute(2), kv_num_heads: intAttribute(2) };

const VARIANTS: readonly Variant[] = [
  { name: 'heads apart' },
  { name: 'heads together', query: together, keys: together, values: together, attributes: heads },
  {
    name: 'keys that two heads share',
    query: [2, 3, 16],
    keys: [2, 5, 8],
    values: [2, 5, 6],
    attributes: { q_num_heads: intAttribute(4), kv_num_heads: intAttribute(2) },
  },
  { name: 'to another sequence', keys: [2, 2, 5, 4], values: [2, 2, 5, 3] },
  { name: 'one key for all heads', keys: [2, 1, 3, 4], values: [2, 1, 3, 4] },
  { name: 'a scale', attributes: { scale: floatAttribute(0.3) } },
  { name: 'causal', attributes: causal },
  { name: 'a mask of conditions', mask: conditions },
  { name: 'a mask of conditions, causal', mask: conditions, attributes: causal },
  { name: 'a mask of numbers', mask: addends },
  { name: 'a cap', attributes: { softcap: floatAttribute(0.5) } },
  { name: 'a cap under a mask', mask: addends, attributes: { softcap: floatAttribute(0.5) } },
];

function attentionModel(
  variant: Omit<Variant, 'name'>,
  more: { inputs?: string[]; outputs?: string[] } = {},
): OnnxModel {
  const { query = apart, keys = apart, values = apart, mask, attributes = {} } = variant;
  const graph = new GraphBuilder('attention');
  const shapes = { query, keys, values };
  const names = Object.entries(shapes).map(([name, dims]) => graph.input(name, 'FLOAT', ['batch', ...dims.slice(1)]));
  const masked = mask === undefined ? [] : [graph.constant(mask)];
  const outputs = ['y', ...(more.outputs ?? [])];
  graph.nodes('Attention', [...names, ...masked, ...(more.inputs ?? [])], { attributes, outputs });
  graph.output('y', 'FLOAT', []);
  return modelOf({ ...graph.build(), outputs: [{ name: 'y' }] }, { opset: 23, irVersion: 11 });
}

/** A mask that the graph computes from the queries: conditions, or numbers. */
function withComputedMask(conditions: boolean): OnnxModel {
  const graph = new GraphBuilder('attention');
  const names = ['query', 'keys', 'values'].map((name) => graph.input(name, 'FLOAT', ['batch', ...apart.slice(1)]));
  const products = graph.node('MatMul', [
    names[0] ?? '',
    graph.initializer('w', [4, 3], new Float32Array(12).fill(0.5)),
  ]);
  const zero = graph.initializer('zero', [], Float32Array.of(0));
  const mask = conditions ? graph.node('Identity', [graph.node('Greater', [products, zero])]) : products;
  graph.output(graph.node('Attention', [...names, mask], { outputs: ['y'] }), 'FLOAT', []);
  return modelOf({ ...graph.build(), outputs: [{ name: 'y' }] }, { opset: 23, irVersion: 11 });
}

describe('Attention of operator set 23, spelled out', () => {
  it.each(VARIANTS.map((variant) => [variant.name, variant] as const))('%s: computes the same', async (_, variant) => {
    const { query = apart, keys = apart, values = apart } = variant;
    expect(await distance(attentionModel(variant), [query, keys, values])).toBeLessThan(1e-5);
  });

  it.each([
    ['conditions', true],
    ['numbers', false],
  ])('a mask that is computed, of %s: computes the same', async (_, conditions) => {
    expect(await distance(withComputedMask(conditions), [apart, apart, apart])).toBeLessThan(1e-5);
  });

  it.each([
    [
      'keys of earlier',
      attentionModel({ mask: addends }, { inputs: ['keys', 'values'] }),
      'continues from earlier keys',
    ],
    ['scores as a result', attentionModel({}, { outputs: ['', '', 'scores'] }), 'gives its keys or scores'],
  ])('%s: refused, with the node and the reason', (_, model, reason) => {
    expect(() => normalise(model)).toThrow(OnnxError);
    expect(() => normalise(model)).toThrow(`Attention "Attention_0" ${reason}`);
  });
});

/** The largest, on any engine, between what the operator gives and what takes its place. */
async function distance(model: OnnxModel, shapes: readonly (readonly number[])[]): Promise<number> {
  const [query = none, keys = none, values = none] = shapes.map((dims, index) => randomFloats(dims, index + 1));
  const feeds = { query, keys, values };
  const distances: number[] = [];
  for (const [, engine] of engines) {
    const expected = numbers(await runOnce(engine, encodeModel(model), feeds), 'y');
    const found = numbers(await runOnce(engine, encodeModel(normalise(model)), feeds), 'y');
    expect(found.length).toBe(expected.length);
    distances.push(...found.map((value, index) => Math.abs(value - (expected[index] ?? NaN))));
  }
  return Math.max(...distances);
}

const none = randomFloats([0], 0);
