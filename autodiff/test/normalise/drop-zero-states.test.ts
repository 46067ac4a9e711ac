import { expect, it } from 'vitest';
import { encodeModel } from '../../src/codec/encode.ts';
import type { OnnxModel } from '../../src/codec/messages.ts';
import { intAttribute } from '../../src/graph/attributes.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { modelOf } from '../../src/graph/model-of.ts';
import { normalise } from '../../src/normalise/normalise.ts';
import { anyEngine } from '../engines.ts';
import { numbers, randomFloats, runOnce, tensor } from '../training.ts';

/** A layer that was exported with one example in the batch: [steps, batch, features]. */
function exported(start: number): OnnxModel {
  const graph = new GraphBuilder('exported');
  const x = graph.input('x', 'FLOAT', [4, 'examples', 2]);
  const weights = [
    [1, 8, 2],
    [1, 8, 2],
    [1, 16],
  ].map((dims, index) => graph.initializer(`w${index}`, dims, randomFloats(dims, index).data));
  const state = graph.initializer('state', [1, 1, 2], new Float32Array(2).fill(start));
  graph.nodes('LSTM', [x, ...weights, '', state, state], {
    attributes: { hidden_size: intAttribute(2) },
    outputs: ['y'],
  });
  graph.output('y', 'FLOAT', []);
  return modelOf({ ...graph.build(), outputs: [{ name: 'y' }] });
}

it('a layer that starts from zeros runs with other batches than it was exported with', async () => {
  const model = normalise(exported(0));
  const three = await runOnce(anyEngine, encodeModel(model), { x: randomFloats([4, 3, 2], 1) });
  expect(tensor(three, 'y').dims).toEqual([4, 1, 3, 2]);
  const feeds = { x: randomFloats([4, 1, 2], 2) };
  const [before, after] = [exported(0), model].map((one) => runOnce(anyEngine, encodeModel(one), feeds));
  expect(numbers((await after) ?? {}, 'y')).toEqual(numbers((await before) ?? {}, 'y'));
});

it('a layer that starts from other numbers keeps them', () => {
  expect(normalise(exported(0.5)).graph.nodes[0]?.inputs.slice(4)).toEqual(['', 'state', 'state']);
});
