import { describe, expect, it } from 'vitest';
import { checkAgainstSpec, checkTensor, float32Tensor, type Tensor } from '../src/index.ts';

describe('tensor', () => {
  it('must be as long as its shape and type say', () => {
    const tensor = (overrides: Partial<Tensor>): Tensor => ({
      name: 'x',
      dataType: 'INT64',
      shape: [2],
      data: new Uint8Array(16),
      ...overrides,
    });
    expect(() => checkTensor(tensor({}))).not.toThrow();
    expect(() => checkTensor(tensor({ data: new Uint8Array(15) }))).toThrow(/needs 16 bytes, it has 15/);
    expect(() => checkTensor(tensor({ shape: [-1] }))).toThrow(/TENSOR_MISMATCH/);
    expect(() => checkTensor(tensor({ shape: [1.5] }))).toThrow(/TENSOR_MISMATCH/);
    expect(() => checkTensor(tensor({ shape: [], data: new Uint8Array(8) }))).not.toThrow();
  });

  it('of strings must hold as many lengths and bytes as its shape says', () => {
    const strings = (shape: number[], bytes: number[]): Tensor => ({
      name: 's',
      dataType: 'BYTES',
      shape,
      data: new Uint8Array(bytes),
    });
    expect(() => checkTensor(strings([2], [1, 0, 0, 0, 65, 0, 0, 0, 0]))).not.toThrow();
    expect(() => checkTensor(strings([1], [1, 0, 0, 0, 65, 0, 0, 0, 0]))).toThrow(/TENSOR_MISMATCH/);
    expect(() => checkTensor(strings([1], [255, 255, 255, 255, 65]))).toThrow(/TENSOR_MISMATCH/);
    expect(() => checkTensor(strings([1], [0, 0]))).toThrow(/TENSOR_MISMATCH/);
  });

  it('must have the type and the fixed dimensions that the model asks for', () => {
    const spec = { name: 'x', dataType: 'FP32', shape: [-1, 3] } as const;
    expect(() =>
      checkAgainstSpec(float32Tensor('x', [2, 3], [1, 2, 3, 4, 5, 6]), { ...spec, shape: [-1, 3] }),
    ).not.toThrow();
    expect(() => checkAgainstSpec(float32Tensor('x', [3, 2], [1, 2, 3, 4, 5, 6]), { ...spec, shape: [-1, 3] })).toThrow(
      /FP32 \[3, 2\], the model takes FP32 \[-1, 3\]/,
    );
    expect(() => checkAgainstSpec(float32Tensor('x', [3], [1, 2, 3]), { ...spec, shape: [-1, 3] })).toThrow(
      /TENSOR_MISMATCH/,
    );
  });
});
