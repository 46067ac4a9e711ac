import { checkTensor, DATA_TYPES, float32Values, type TensorSpec } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { freeSizes, probeInputs } from '../../src/choice/probe-inputs.ts';

const spec = (dataType: TensorSpec['dataType'], shape: number[]): TensorSpec => ({ name: 'x', dataType, shape });

describe('inputs to try a model with', () => {
  it.each([...DATA_TYPES])('are valid tensors of %s, the same each time', (dataType) => {
    const [tensor] = probeInputs([spec(dataType, [-1, 3, 2])]);
    expect(tensor).toMatchObject({ name: 'x', dataType, shape: [1, 3, 2] });
    expect(() => tensor && checkTensor(tensor)).not.toThrow();
    expect(probeInputs([spec(dataType, [-1, 3, 2])])).toEqual([tensor]);
  });

  it('are numbers from -1 to 1 in float32, and no two alike', () => {
    const [tensor] = probeInputs([spec('FP32', [100])]);
    const values = tensor === undefined ? [] : [...float32Values(tensor)];
    expect(new Set(values).size).toBe(100);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
  });

  it('are 0 and 1 where they may be indices', () => {
    const [tensor] = probeInputs([spec('INT64', [100])]);
    const values = new BigInt64Array(tensor?.data.slice().buffer ?? new ArrayBuffer(0));
    expect(new Set(values)).toEqual(new Set([0n, 1n]));
  });

  it('have several sizes to choose from where the model takes pictures of any size', () => {
    const pictures = [spec('FP32', [-1, 3, -1, -1])];
    expect(freeSizes(pictures)).toEqual([1, 32, 224]);
    expect(probeInputs(pictures, 32)[0]?.shape).toEqual([1, 3, 32, 32]);
    expect(freeSizes([spec('FP32', [-1, 3])])).toEqual([1]);
  });

  it('are refused for a shape beyond every request', () => {
    expect(() => probeInputs([spec('FP32', [1_000_000, 1_000])])).toThrow(/TENSOR_MISMATCH/);
  });
});
