import type { Crypto } from '../crypto.ts';
import { SedgeError } from '../errors.ts';
import { limits } from '../limits.ts';
import { decodeChunk, type Chunk, type Encoding } from './chunk.ts';

/** What is known of a stream after one more chunk. */
export interface Assembly {
  readonly stream: string;
  readonly encoding: Encoding;
  /** The whole stream, once every byte has come. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** The first sequence that has not come yet: where a sender resumes. */
  readonly nextSequence: number;
}

interface OpenStream {
  readonly encoding: Encoding;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly seen: Set<number>;
  nextSequence: number;
  received: number;
}

/**
 * Puts streams together from chunk frames in any order, each chunk any number of times.
 * Bounded in bytes per stream and in open streams: at the bound the oldest stream is given up.
 */
export class ChunkAssembler {
  readonly #crypto: Pick<Crypto, 'sha256'>;
  readonly #streamBytesMax: number;
  readonly #openStreamsMax: number;
  readonly #open = new Map<string, OpenStream>();

  constructor(
    crypto: Pick<Crypto, 'sha256'>,
    bounds: { readonly streamBytesMax?: number; readonly openStreamsMax?: number } = {},
  ) {
    this.#crypto = crypto;
    this.#streamBytesMax = bounds.streamBytesMax ?? limits.streamBytesMax;
    this.#openStreamsMax = bounds.openStreamsMax ?? limits.openStreamsMax;
  }

  get openStreams(): number {
    return this.#open.size;
  }

  /** Takes one frame. Throws FRAME_MALFORMED, DIGEST_MISMATCH or PAYLOAD_TOO_LARGE; the stream stays as it was. */
  accept(frame: Uint8Array): Assembly {
    const chunk = decodeChunk(this.#crypto, frame);
    checkGrid(chunk);
    const open = this.#open.get(chunk.stream) ?? this.#begin(chunk);
    if (open.bytes.byteLength !== chunk.total || open.encoding !== chunk.encoding) {
      throw new SedgeError('FRAME_MALFORMED', `chunk ${chunk.sequence} disagrees with its stream ${chunk.stream}`);
    }
    this.#store(open, chunk);
    const progress = { stream: chunk.stream, encoding: chunk.encoding, nextSequence: open.nextSequence };
    if (open.received < chunk.total) return progress;
    this.#open.delete(chunk.stream);
    return { ...progress, bytes: open.bytes };
  }

  forget(stream: string): void {
    this.#open.delete(stream);
  }

  #begin(chunk: Chunk): OpenStream {
    if (chunk.total > this.#streamBytesMax) {
      throw new SedgeError('PAYLOAD_TOO_LARGE', `stream of ${chunk.total} bytes; at most ${this.#streamBytesMax}`);
    }
    if (this.#open.size >= this.#openStreamsMax) {
      const [oldest] = this.#open.keys();
      if (oldest !== undefined) this.#open.delete(oldest);
    }
    const open: OpenStream = {
      encoding: chunk.encoding,
      bytes: new Uint8Array(chunk.total),
      seen: new Set(),
      nextSequence: 0,
      received: 0,
    };
    this.#open.set(chunk.stream, open);
    return open;
  }

  #store(open: OpenStream, chunk: Chunk): void {
    if (open.seen.has(chunk.sequence)) return;
    open.seen.add(chunk.sequence);
    open.bytes.set(chunk.data, chunk.offset);
    open.received += chunk.data.byteLength;
    while (open.seen.has(open.nextSequence)) open.nextSequence += 1;
  }
}

/** Chunks of one stream lie on one grid, so that two of them can never overlap in part. */
function checkGrid({ data, offset, sequence, stream, total }: Chunk): void {
  const expected = Math.min(limits.chunkDataBytesMax, total - offset);
  if (offset !== sequence * limits.chunkDataBytesMax || data.byteLength !== expected) {
    throw new SedgeError('FRAME_MALFORMED', `chunk ${sequence} of stream ${stream} is off the grid`);
  }
}
