import { DATA_TYPE, decodeModel, encodeModel, modelOf, tensorOf } from '@sedge/autodiff';
import { float32Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { withWeights } from '../../src/engines/onnx-weights.ts';
import { plainTensor, reluOfSum } from '../onnx-check/crafted-onnx.ts';

const half = tensorOf('tensor', [1], Uint16Array.of(0x3c00), 'FLOAT16');

describe('withWeights', () => {
  it('gives the very bytes back where nothing is replaced', () => {
    const file = encodeModel(modelOf(reluOfSum(plainTensor())));
    expect(withWeights(file, [])).toBe(file);
    expect(withWeights(file, [float32Tensor('tensor', [1], [1])])).toEqual(file);
  });

  it('rounds to the type that the weights have', () => {
    const file = encodeModel(modelOf(reluOfSum(half)));
    // 0.1 is 0x2e66 in IEEE 754 binary16.
    const [replaced] = decodeModel(withWeights(file, [float32Tensor('tensor', [1], [0.1])])).graph.initializers;
    expect(replaced?.dataType).toBe(DATA_TYPE.FLOAT16);
    expect([...(replaced?.rawData ?? [])]).toEqual([0x66, 0x2e]);
  });

  it('refuses to replace whole numbers', () => {
    const file = encodeModel(modelOf(reluOfSum(tensorOf('tensor', [1], Int32Array.of(1)))));
    expect(() => withWeights(file, [float32Tensor('tensor', [1], [1])])).toThrow(
      expect.objectContaining({ code: 'WEIGHTS_REFUSED', detail: expect.stringContaining('no floating-point') }),
    );
  });
});
