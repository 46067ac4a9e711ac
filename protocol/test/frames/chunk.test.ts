import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkAssembler, chunkFrames, decodeChunk, encodeChunk, limits, newStreamId, toHex } from '../../src/index.ts';
import { testCrypto } from '../support/test-crypto.ts';

const stream = '000102030405060708090a0b0c0d0e0f';

describe('chunk frame', () => {
  it('has the documented layout, byte for byte', () => {
    const frame = encodeChunk(testCrypto, {
      encoding: 'tensorFrame',
      sequence: 2,
      stream,
      offset: 491_520,
      total: 491_523,
      data: new Uint8Array([97, 98, 99]),
    });
    // Written by hand from the table in chunk.ts; the hash is SHA-256("abc") of FIPS 180-4, appendix B.1.
    expect(toHex(frame)).toBe(
      [
        '53444743', // SDGC
        '01', // layout
        '01', // tensor frame
        '0000',
        '02000000', // sequence
        '03000000', // length
        stream,
        '0080070000000000', // offset
        '0380070000000000', // total
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        '616263',
      ].join(''),
    );
  });

  it('holds the longest chunk inside one MQTT packet', () => {
    const data = new Uint8Array(limits.chunkDataBytesMax);
    const frame = encodeChunk(testCrypto, {
      encoding: 'bytes',
      sequence: 0,
      stream,
      offset: 0,
      total: data.length,
      data,
    });
    const longestTopicBytes = 1_024;
    expect(frame.byteLength + longestTopicBytes).toBeLessThanOrEqual(limits.mqttPacketBytesMax);
  });

  it('refuses a changed byte anywhere, and any shorter frame', () => {
    const data = new Uint8Array([1, 2, 3, 4]);
    const frame = encodeChunk(testCrypto, { encoding: 'bytes', sequence: 0, stream, offset: 0, total: 4, data });
    for (let length = 0; length < frame.length; length++) {
      expect(() => decodeChunk(testCrypto, frame.subarray(0, length))).toThrow(/FRAME_MALFORMED/);
    }
    for (let index = 80; index < frame.length; index++) {
      const altered = frame.slice();
      altered[index] = (altered[index] ?? 0) ^ 1;
      expect(() => decodeChunk(testCrypto, altered)).toThrow(/DIGEST_MISMATCH/);
    }
  });

  it('never answers hostile bytes with anything but a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeChunk(testCrypto, bytes)).toThrow(/FRAME_MALFORMED|DIGEST_MISMATCH/);
      }),
    );
  });
});

describe('chunk assembler', () => {
  it('puts a stream together from chunks in any order, each any number of times', () => {
    const total = limits.chunkDataBytesMax * 3 + 17;
    const bytes = Uint8Array.from({ length: total }, (_, index) => (index * 31) % 251);
    const frames = [...chunkFrames(testCrypto, { stream, encoding: 'bytes', bytes })];
    expect(frames).toHaveLength(4);
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 0, 1, 2, 3], { minLength: 8 }), (order) => {
        const assembler = new ChunkAssembler(testCrypto);
        let whole: Uint8Array | undefined;
        for (const index of order) {
          const { bytes: done } = assembler.accept(frames[index] ?? new Uint8Array());
          if (done !== undefined && whole === undefined) whole = done;
          if (whole !== undefined) break;
        }
        expect(whole !== undefined && Buffer.compare(whole, bytes)).toBe(0);
        expect(assembler.openStreams).toBe(0);
      }),
      { numRuns: 10 },
    );
  });

  it('tells from which chunk a sender resumes', () => {
    const bytes = new Uint8Array(limits.chunkDataBytesMax * 2 + 1);
    const [first, second, third] = chunkFrames(testCrypto, { stream, encoding: 'bytes', bytes });
    const assembler = new ChunkAssembler(testCrypto);
    expect(assembler.accept(third ?? bytes).nextSequence).toBe(0);
    expect(assembler.accept(first ?? bytes).nextSequence).toBe(1);
    const { nextSequence, bytes: whole } = assembler.accept(second ?? bytes);
    expect([nextSequence, whole?.byteLength]).toEqual([3, bytes.byteLength]);
  });

  it('takes an empty stream', () => {
    const [frame] = chunkFrames(testCrypto, { stream, encoding: 'bytes', bytes: new Uint8Array() });
    expect(new ChunkAssembler(testCrypto).accept(frame ?? new Uint8Array()).bytes).toEqual(new Uint8Array());
  });

  it('refuses a stream that is longer than its bound before it takes the memory', () => {
    const frame = encodeChunk(testCrypto, {
      encoding: 'bytes',
      sequence: 0,
      stream,
      offset: 0,
      total: 2 ** 40,
      data: new Uint8Array(limits.chunkDataBytesMax),
    });
    expect(() => new ChunkAssembler(testCrypto).accept(frame)).toThrow(/PAYLOAD_TOO_LARGE/);
  });

  it('refuses chunks off the grid and chunks that disagree with their stream', () => {
    const assembler = new ChunkAssembler(testCrypto);
    const chunk = { encoding: 'bytes', stream, data: new Uint8Array([1]) } as const;
    const offGrid = encodeChunk(testCrypto, { ...chunk, sequence: 0, offset: 5, total: 6 });
    expect(() => assembler.accept(offGrid)).toThrow(/FRAME_MALFORMED/);
    expect(assembler.openStreams).toBe(0);
    const data = new Uint8Array(limits.chunkDataBytesMax);
    assembler.accept(encodeChunk(testCrypto, { ...chunk, data, sequence: 0, offset: 0, total: data.length + 1 }));
    const other = encodeChunk(testCrypto, {
      ...chunk,
      sequence: 1,
      offset: data.length,
      total: data.length + 1,
      encoding: 'tensorFrame',
    });
    expect(() => assembler.accept(other)).toThrow(/FRAME_MALFORMED/);
  });

  it('gives up the oldest stream at its bound', () => {
    const assembler = new ChunkAssembler(testCrypto, { openStreamsMax: 2 });
    const data = new Uint8Array(limits.chunkDataBytesMax);
    for (let count = 0; count < 5; count++) {
      const id = newStreamId(testCrypto);
      assembler.accept(
        encodeChunk(testCrypto, {
          encoding: 'bytes',
          sequence: 0,
          stream: id,
          offset: 0,
          total: data.length + 1,
          data,
        }),
      );
    }
    expect(assembler.openStreams).toBe(2);
  });
});
