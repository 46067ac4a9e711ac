import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32Tensor, namedWeights, parameterCount, weightVector } from '../src/index.ts';

const parameters = [
  { name: 'weight', shape: [2, 2] },
  { name: 'bias', shape: [2] },
];

describe('weights', () => {
  it('follow the order of the specification, not that of the arrays', () => {
    const tensors = [float32Tensor('bias', [2], [5, 6]), float32Tensor('weight', [2, 2], [1, 2, 3, 4])];
    expect([...weightVector(tensors, parameters)]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('come back from the vector as they went in', () => {
    const count = parameterCount(parameters);
    fc.assert(
      fc.property(fc.float32Array({ minLength: count, maxLength: count }), (vector) => {
        expect(weightVector(namedWeights(vector, parameters), parameters)).toEqual(vector);
      }),
    );
  });

  it('are refused with a missing array, another shape or another length', () => {
    const weight = float32Tensor('weight', [2, 2], [1, 2, 3, 4]);
    expect(() => weightVector([weight], parameters)).toThrow(/1 arrays for 2 parameters/);
    expect(() => weightVector([weight, float32Tensor('other', [2], [5, 6])], parameters)).toThrow(/bias.*found none/);
    const integers = { name: 'bias', dataType: 'INT32', shape: [2], data: new Uint8Array(8) } as const;
    expect(() => weightVector([weight, integers], parameters)).toThrow(/FP32 was expected/);
    const transposed = [float32Tensor('weight', [4], [1, 2, 3, 4]), float32Tensor('bias', [2], [5, 6])];
    expect(() => weightVector(transposed, parameters)).toThrow(/TENSOR_MISMATCH.*weight/);
    expect(() => namedWeights(new Float32Array(5), parameters)).toThrow(/has 5 values, the parameters 6/);
  });
});
