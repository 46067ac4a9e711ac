import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WireReader } from '../../src/codec/wire-reader.ts';
import { WireWriter } from '../../src/codec/wire-writer.ts';
import { OnnxError } from '../../src/onnx-error.ts';

function reading(...bytes: number[]): WireReader {
  return new WireReader(Uint8Array.from(bytes));
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof OnnxError) return error.code;
    throw error;
  }
  return 'none';
}

describe('WireReader', () => {
  it('reads the varint of the protobuf encoding guide', () => {
    // "150 is encoded as 9601" (protobuf.dev/programming-guides/encoding, Base 128 Varints).
    expect(reading(0x96, 0x01).unsigned()).toBe(150);
  });

  it('reads -1 and the smallest int64 from ten bytes', () => {
    const ff = Array.from({ length: 9 }, () => 0xff);
    expect(reading(...ff, 0x01).int64()).toBe(-1n);
    expect(reading(...Array.from({ length: 9 }, () => 0x80), 0x01).int64()).toBe(-(2n ** 63n));
    expect(reading(...ff, 0x01).int32()).toBe(-1);
  });

  it('gives back every 64-bit integer that was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const writer = new WireWriter();
        writer.int64(value);
        expect(new WireReader(writer.finish()).int64()).toBe(value);
      }),
    );
  });

  it('gives back every safe integer, and as many bytes are written as for a bigint', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const [asNumber, asBigInt] = [new WireWriter(), new WireWriter()];
        asNumber.unsigned(value);
        asBigInt.int64(BigInt(value));
        expect(asNumber.finish()).toEqual(asBigInt.finish());
        expect(new WireReader(asNumber.finish()).unsigned()).toBe(value);
      }),
    );
  });

  it('refuses a varint of more than 64 bits and one without an end', () => {
    const continued = Array.from({ length: 9 }, () => 0xff);
    expect(codeOf(() => reading(...continued, 0x02).uint64())).toBe('MALFORMED');
    expect(codeOf(() => reading(...continued, 0x81, 0x00).uint64())).toBe('MALFORMED');
    expect(codeOf(() => reading(0x80, 0x80).uint64())).toBe('TRUNCATED');
  });

  it('refuses a length that goes past the end, without allocating it', () => {
    expect(codeOf(() => reading(0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2).bytes())).toBe('TRUNCATED');
  });

  it('refuses field number 0 and groups', () => {
    expect(codeOf(() => reading(0x00).tag())).toBe('MALFORMED');
    expect(codeOf(() => reading(0x0b).tag())).toBe('MALFORMED');
  });

  it('refuses text that is not UTF-8 and keeps a byte order mark', () => {
    expect(codeOf(() => reading(1, 0xff).text())).toBe('MALFORMED');
    expect(reading(4, 0xef, 0xbb, 0xbf, 0x61).text()).toBe('\ufeffa');
  });
});
