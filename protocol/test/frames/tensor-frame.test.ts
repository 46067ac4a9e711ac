import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  decodeTensorFrame,
  encodeTensorFrame,
  float32Tensor,
  float32Values,
  toHex,
  type Tensor,
} from '../../src/index.ts';

const anyHead = z.object({ a: z.number() });

describe('tensor frame', () => {
  it('has the documented layout, byte for byte', () => {
    const frame = encodeTensorFrame({ a: 1 }, [float32Tensor('x', [2], [1, -2])]);
    const json = '{"head":{"a":1},"tensors":[{"name":"x","datatype":"FP32","shape":[2],"bytes":8}]}';
    // 81 characters of JSON end at byte 97; the next multiple of 16 is 112. IEEE 754: 1.0 is 3f800000, -2.0 is c0000000.
    expect(json).toHaveLength(81);
    expect(toHex(frame)).toBe(
      ['53444754', '01', '000000', '51000000', '00000000'].join('') +
        Buffer.from(json).toString('hex') +
        '00'.repeat(15) +
        '0000803f000000c0' +
        '00'.repeat(8),
    );
  });

  it('gives back what was put in, aligned and free of the network buffer', () => {
    const tensor = fc
      .tuple(fc.string({ maxLength: 20 }), fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }))
      .map(([name, shape]): Tensor => {
        const count = shape.reduce((product, size) => product * size, 1);
        return {
          name,
          shape,
          dataType: 'INT16',
          data: Uint8Array.from({ length: 2 * count }, (_, index) => index & 255),
        };
      });
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(tensor, { maxLength: 4 }),
        fc.integer({ min: 0, max: 3 }),
        (a, tensors, shift) => {
          const frame = encodeTensorFrame({ a }, tensors);
          const received = new Uint8Array(frame.length + shift);
          received.set(frame, shift);
          const decoded = decodeTensorFrame(received.subarray(shift), anyHead);
          received.fill(255);
          expect(decoded).toEqual({ head: { a }, tensors });
        },
      ),
    );
  });

  it('refuses every truncation and every addition', () => {
    const frame = encodeTensorFrame({ a: 1 }, [float32Tensor('x', [3], [1, 2, 3])]);
    for (let length = 0; length < frame.length; length++) {
      expect(() => decodeTensorFrame(frame.subarray(0, length), anyHead)).toThrow(/FRAME_MALFORMED/);
    }
    const longer = new Uint8Array(frame.length + 16);
    longer.set(frame);
    expect(() => decodeTensorFrame(longer, anyHead)).toThrow(/FRAME_MALFORMED/);
  });

  it('never answers hostile bytes with anything but a code', () => {
    const frame = encodeTensorFrame({ a: 1 }, [float32Tensor('x', [3], [1, 2, 3])]);
    fc.assert(
      fc.property(fc.nat(frame.length - 1), fc.nat(255), (index, byte) => {
        const altered = frame.slice();
        altered[index] = byte;
        try {
          decodeTensorFrame(altered, anyHead);
        } catch (error) {
          expect(String(error)).toMatch(/FRAME_MALFORMED|TENSOR_MISMATCH/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('drops head fields that a newer version may have added', () => {
    const frame = encodeTensorFrame({ a: 1, later: true }, []);
    expect(decodeTensorFrame(frame, anyHead).head).toEqual({ a: 1 });
  });

  it('keeps float32 values exactly', () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 50 }), (values) => {
        const { tensors } = decodeTensorFrame(
          encodeTensorFrame({ a: 0 }, [float32Tensor('w', [values.length], values)]),
          anyHead,
        );
        expect(tensors[0] && float32Values(tensors[0])).toEqual(values);
      }),
    );
  });
});
