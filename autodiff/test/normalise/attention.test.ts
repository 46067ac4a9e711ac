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

describe('Attention of operator set 23, spelled out', () => {
  it.each(VARIANTS.map((variant) => [variant.name, variant] as const))('%s: computes the same', async (_, variant) => {
    const { query = apart, keys = apart, values = apart } = variant;
    const feeds = { query: randomFloats(query, 1), keys: randomFloats(keys, 2), values: randomFloats(values, 3) };
    const model = attentionModel(variant);
    for (const [, engine] of engines) {
      const expected = numbers(await runOnce(engine, encodeModel(model), feeds), 'y');
      const found = numbers(await runOnce(engine, encodeModel(normalise(model)), feeds), 'y');
      expect(found.length).toBe(expected.length);
      for (const [index, value] of found.entries()) expect(value).toBeCloseTo(expected[index] ?? NaN, 5);
    }
  });

  it.each([
    [
      'keys shared between heads',
      attentionModel({ attributes: { ...heads, kv_num_heads: intAttribute(1) } }),
      'shares',
    ],
    [
      'keys of earlier',
      attentionModel({ mask: addends }, { inputs: ['keys', 'values'] }),
      'continues from earlier keys',
    ],
    ['scores as a result', attentionModel({}, { outputs: ['', '', 'scores'] }), 'gives its keys or scores'],
    ['a mask that is computed', attentionModel({}, { inputs: ['query'] }), 'has a mask that is not a constant'],
  ])('%s: refused, with the node and the reason', (_, model, reason) => {
    expect(() => normalise(model)).toThrow(OnnxError);
    expect(() => normalise(model)).toThrow(`Attention "Attention_0" ${reason}`);
  });
});
