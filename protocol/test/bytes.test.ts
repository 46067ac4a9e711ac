import { describe, expect, it } from 'vitest';
import {
  chunkFrames,
  copyBytes,
  decodeChunk,
  decodeSafetensors,
  decodeTensorFrame,
  encodeSafetensors,
  encodeTensorFrame,
  float32Tensor,
  float32Values,
} from '../src/index.ts';
import { z } from 'zod';
import { testCrypto } from './support/test-crypto.ts';

/** As files and sockets give them: a Node Buffer in the middle of a shared pool. */
function pooled(bytes: Uint8Array): Buffer {
  const pool = Buffer.alloc(bytes.length + 32, 255);
  pool.set(bytes, 5);
  return pool.subarray(5, 5 + bytes.length);
}

describe('decoders, given a Node Buffer', () => {
  const tensor = float32Tensor('w', [3], [1, 2, 3]);

  it('copy into a buffer of their own', () => {
    const buffer = pooled(new Uint8Array([1, 2, 3]));
    const copy = copyBytes(buffer, 1);
    buffer.fill(9);
    expect([copy.buffer.byteLength, ...copy]).toEqual([2, 2, 3]);
  });

  it('give the values and not the pool', () => {
    expect([...float32Values({ ...tensor, data: pooled(tensor.data) })]).toEqual([1, 2, 3]);
  });

  it('give results that do not change with the buffer', () => {
    const stream = '0'.repeat(32);
    const [frame] = [...chunkFrames(testCrypto, { stream, encoding: 'bytes', bytes: tensor.data })].map(pooled);
    const file = pooled(encodeSafetensors([tensor]));
    const message = pooled(encodeTensorFrame({}, [tensor]));
    const chunk = decodeChunk(testCrypto, frame ?? Buffer.alloc(0));
    const weights = decodeSafetensors(file);
    const { tensors } = decodeTensorFrame(message, z.object({}));
    for (const buffer of [frame, file, message]) buffer?.fill(0);
    expect([chunk.data, weights[0]?.data, tensors[0]?.data]).toEqual([tensor.data, tensor.data, tensor.data]);
  });
});
