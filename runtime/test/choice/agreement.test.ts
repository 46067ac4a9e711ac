import { float32Tensor, type DataType, type Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { disagreement } from '../../src/choice/agreement.ts';

function tensor(dataType: DataType, values: ArrayBufferView): Tensor {
  const { buffer, byteOffset, byteLength } = values;
  const count = byteLength / { FP16: 2, INT64: 8, UINT8: 1, BYTES: 5, INT32: 4 }[dataType as 'FP16'];
  return { name: 'y', dataType, shape: [count], data: new Uint8Array(buffer, byteOffset, byteLength) };
}

const floats = (...values: number[]): Tensor[] => [float32Tensor('y', [values.length], values)];

describe('answers agree', () => {
  it.each<[string, Tensor[], Tensor[]]>([
    ['in float32 up to a thousandth', floats(1, 1_000, 0), floats(1.0019, 1_000.9, 0.0009)],
    ['where both have no number', floats(Number.NaN, Infinity), floats(Number.NaN, Infinity)],
    // 0x3c00 is 1, 0x3c0a is 1 + 10/1024.
    [
      'in float16 up to a hundredth',
      [tensor('FP16', Uint16Array.of(0x3c00))],
      [tensor('FP16', Uint16Array.of(0x3c0a))],
    ],
    ['in eight bits up to a step', [tensor('UINT8', Uint8Array.of(7, 8))], [tensor('UINT8', Uint8Array.of(8, 7))]],
    ['in whole numbers exactly', [tensor('INT64', BigInt64Array.of(7n))], [tensor('INT64', BigInt64Array.of(7n))]],
    [
      'in texts exactly',
      [tensor('BYTES', Uint8Array.of(1, 0, 0, 0, 97))],
      [tensor('BYTES', Uint8Array.of(1, 0, 0, 0, 97))],
    ],
  ])('%s', (_, expected, answered) => {
    expect(disagreement(expected, answered)).toBeUndefined();
  });
});

describe('answers differ', () => {
  it.each<[string, Tensor[], Tensor[], string]>([
    ['in a value', floats(1, 2), floats(1, 2.5), '2.5 instead of 2 at 1'],
    ['where one has no number', floats(1), floats(Number.NaN), 'NaN'],
    ['in the sign of infinity', floats(Infinity), floats(-Infinity), '-Infinity'],
    ['in float16', [tensor('FP16', Uint16Array.of(0x3c00))], [tensor('FP16', Uint16Array.of(0x3c20))], '1.03125'],
    ['in whole numbers by one', [tensor('INT64', BigInt64Array.of(7n))], [tensor('INT64', BigInt64Array.of(8n))], '8'],
    ['in shape', [float32Tensor('y', [1, 2], [1, 2])], floats(1, 2), 'shape'],
    ['in type', floats(1), [tensor('INT32', Int32Array.of(1))], 'INT32'],
    ['in number', floats(1), [], '0 outputs'],
    ['in name', floats(1), [float32Tensor('z', [1], [1])], 'missing'],
    [
      'in texts',
      [tensor('BYTES', Uint8Array.of(1, 0, 0, 0, 97))],
      [tensor('BYTES', Uint8Array.of(1, 0, 0, 0, 98))],
      'texts',
    ],
  ])('%s', (_, expected, answered, words) => {
    expect(disagreement(expected, answered)).toContain(words);
  });
});
