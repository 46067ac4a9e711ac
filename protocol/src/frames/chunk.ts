import { copyBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { SedgeError } from '../errors.ts';
import { limits } from '../limits.ts';

/**
 * A chunk frame: one part of a stream of bytes, as it stands in one MQTT message. Little-endian.
 *
 *     offset  bytes
 *          0      4  magic "SDGC"
 *          4      1  layout, 1
 *          5      1  encoding of the stream, see ENCODINGS
 *          6      2  zero
 *          8      4  sequence, from 0
 *         12      4  length of the data, at most 245,760
 *         16     16  stream id, random
 *         32      8  offset of the data in the stream
 *         40      8  total length of the stream
 *         48     32  SHA-256 of the data
 *         80         data
 *
 * The header is a multiple of 16 bytes, so that typed views over the data are aligned.
 */
export interface Chunk {
  readonly encoding: Encoding;
  readonly sequence: number;
  /** 32 lower-case hex digits. */
  readonly stream: string;
  readonly offset: number;
  readonly total: number;
  readonly data: Uint8Array;
}

/** What the bytes of a whole stream are. The number travels. */
export const ENCODINGS = { bytes: 0, tensorFrame: 1 } as const;
export type Encoding = keyof typeof ENCODINGS;

export const CHUNK_HEADER_BYTES = 80;
export const STREAM_ID_BYTES = 16;
const MAGIC = 0x43_47_44_53;
const LAYOUT = 1;

export function encodeChunk(crypto: Pick<Crypto, 'sha256'>, chunk: Chunk): Uint8Array<ArrayBuffer> {
  const { encoding, sequence, stream, offset, total, data } = chunk;
  const frame = new Uint8Array(CHUNK_HEADER_BYTES + data.byteLength);
  const view = new DataView(frame.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, LAYOUT);
  view.setUint8(5, ENCODINGS[encoding]);
  view.setUint32(8, sequence, true);
  view.setUint32(12, data.byteLength, true);
  frame.set(streamIdBytes(stream), 16);
  view.setBigUint64(32, BigInt(offset), true);
  view.setBigUint64(40, BigInt(total), true);
  frame.set(crypto.sha256(data), 48);
  frame.set(data, CHUNK_HEADER_BYTES);
  return frame;
}

/** Reads one chunk frame; its data is a copy, free of the network's buffer. Throws FRAME_MALFORMED, DIGEST_MISMATCH. */
export function decodeChunk(crypto: Pick<Crypto, 'sha256'>, frame: Uint8Array): Chunk {
  if (frame.byteLength < CHUNK_HEADER_BYTES) throw malformed(`${frame.byteLength} bytes are no chunk frame`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== MAGIC || view.getUint8(4) !== LAYOUT) throw malformed('no chunk frame of layout 1');
  const length = view.getUint32(12, true);
  const chunk = {
    encoding: encodingOf(view.getUint8(5)),
    sequence: view.getUint32(8, true),
    stream: streamIdText(frame.subarray(16, 32)),
    offset: safeInteger(view.getBigUint64(32, true)),
    total: safeInteger(view.getBigUint64(40, true)),
    data: copyBytes(frame, CHUNK_HEADER_BYTES),
  };
  if (length !== chunk.data.byteLength || length > limits.chunkDataBytesMax || chunk.offset + length > chunk.total) {
    throw malformed(`chunk ${chunk.sequence} of ${length} bytes does not fit its stream of ${chunk.total}`);
  }
  if (!sameBytes(crypto.sha256(chunk.data), frame.subarray(48, 80))) {
    throw new SedgeError('DIGEST_MISMATCH', `chunk ${chunk.sequence} of stream ${chunk.stream} was altered`);
  }
  return chunk;
}

/** Cuts a stream into chunk frames of the longest allowed data. An empty stream is one empty chunk. */
export function* chunkFrames(
  crypto: Pick<Crypto, 'sha256'>,
  stream: { readonly stream: string; readonly encoding: Encoding; readonly bytes: Uint8Array },
): Generator<Uint8Array<ArrayBuffer>> {
  const total = stream.bytes.byteLength;
  const count = Math.max(1, Math.ceil(total / limits.chunkDataBytesMax));
  for (let sequence = 0; sequence < count; sequence++) {
    const offset = sequence * limits.chunkDataBytesMax;
    const data = stream.bytes.subarray(offset, offset + limits.chunkDataBytesMax);
    yield encodeChunk(crypto, { ...stream, sequence, offset, total, data });
  }
}

export function newStreamId(crypto: Pick<Crypto, 'randomBytes'>): string {
  return streamIdText(crypto.randomBytes(STREAM_ID_BYTES));
}

function streamIdText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

function streamIdBytes(text: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/.test(text)) throw malformed(`"${text}" is no stream id`);
  return Uint8Array.from({ length: STREAM_ID_BYTES }, (_, index) =>
    Number.parseInt(text.slice(2 * index, 2 * index + 2), 16),
  );
}

function encodingOf(value: number): Encoding {
  for (const [name, code] of Object.entries(ENCODINGS)) if (code === value) return name as Encoding;
  throw malformed(`encoding ${value} is not known`);
}

function safeInteger(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`${value} is no length`);
  return Number(value);
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && left.every((byte, index) => byte === right[index]);
}

function malformed(detail: string): SedgeError {
  return new SedgeError('FRAME_MALFORMED', detail);
}
