import { encodeSafetensors, float32Tensor, toUtf8, type Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { trainerOutcome } from '../../src/external-trainer/trainer-result.ts';
import { PARAMETERS, roundWeights } from './round.ts';

const [weight, bias] = roundWeights() as [Tensor, Tensor];
const good = encodeSafetensors([weight, bias]);
const half = { ...bias, dataType: 'FP16', data: new Uint8Array(4) } as const;

describe('the result of a trainer', () => {
  it('is its weights, in any order, and its metrics by name', () => {
    const metrics = toUtf8('{"loss":0.5,"accuracy":1}');
    const outcome = trainerOutcome(PARAMETERS, encodeSafetensors([bias, weight]), metrics);
    expect(outcome.weights).toEqual([bias, weight]);
    expect(outcome.metrics).toEqual([
      { name: 'loss', value: 0.5 },
      { name: 'accuracy', value: 1 },
    ]);
    expect(trainerOutcome(PARAMETERS, good).metrics).toEqual([]);
  });

  it.each<[string, Uint8Array, string, string]>([
    ['is cut off', good.subarray(0, -1), 'UPDATE_INVALID', 'lies outside of the file'],
    ['is empty', new Uint8Array(), 'UPDATE_INVALID', '0 bytes are no safetensors file'],
    ['lacks a parameter', encodeSafetensors([weight]), 'TENSOR_MISMATCH', 'layer0.bias is missing'],
    [
      'has one too many',
      encodeSafetensors([weight, bias, float32Tensor('more', [1], [1])]),
      'TENSOR_MISMATCH',
      'more is no parameter',
    ],
    [
      'has another shape with as many values',
      encodeSafetensors([float32Tensor('layer0.weight', [4], [1, 1, 1, 1]), bias]),
      'TENSOR_MISMATCH',
      'layer0.weight is FP32 [4], FP32 [2, 2] is wanted',
    ],
    ['has another type', encodeSafetensors([weight, half]), 'TENSOR_MISMATCH', 'FP16 [2], FP32 [2] is wanted'],
    [
      'has a NaN',
      encodeSafetensors([float32Tensor('layer0.weight', [2, 2], [1, 1, NaN, 1]), bias]),
      'UPDATE_INVALID',
      'value 2 of layer0.weight is not finite',
    ],
    [
      'has an infinity',
      encodeSafetensors([weight, float32Tensor('layer0.bias', [2], [-Infinity, 1])]),
      'UPDATE_INVALID',
      'value 0 of layer0.bias is not finite',
    ],
  ])('that %s is refused', (_, file, code, detail) => {
    expect(() => trainerOutcome(PARAMETERS, file)).toThrow(
      expect.objectContaining({ code, detail: expect.stringContaining(detail) }),
    );
  });

  it.each(['[]', '{"loss":"low"}', '{"loss":null}', 'no JSON', `{"${'x'.repeat(101)}":1}`])(
    'with the metrics %s is refused',
    (metrics) => {
      expect(() => trainerOutcome(PARAMETERS, good, toUtf8(metrics))).toThrow('UPDATE_INVALID: the metrics are no');
    },
  );
});
