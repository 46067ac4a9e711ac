import { deadlineSignal, untilAborted, type Clock } from '@sedge/kit';
import {
  decodeChunk,
  digestHexOf,
  isErrorCode,
  limits,
  SedgeError,
  type BlobRequest,
  type Chunk,
  type Crypto,
  type Digest,
  type DigestHex,
} from '@sedge/protocol';
import type { BlobPiece, BlobSource } from './blob-source.ts';

export interface MqttBlobSourceOptions {
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** Resolves when the request is on its way, which may be after an outage. */
  readonly request: (digest: DigestHex, window: BlobRequest, signal: AbortSignal) => Promise<void>;
  /** How long a window may stay without a new chunk before its rest is asked for again. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 5_000;
/** Windows in a row without one chunk after which a pull gives up. */
const ATTEMPTS_MAX = 4;

/** Chunks of one pull that have come and were not taken yet. */
class PullInbox {
  readonly #chunks = new Map<number, Chunk>();
  #wake = (): void => undefined;
  #refusal: SedgeError | undefined;

  /** Only what was asked for is kept, so that an inbox is never longer than a window. */
  put(chunk: Chunk, from: number): void {
    const isWanted = chunk.offset >= from && chunk.offset < from + limits.blobWindowChunks * limits.chunkDataBytesMax;
    if (isWanted) this.#chunks.set(chunk.offset, chunk);
    this.#wake();
  }

  refuse(error: SedgeError): void {
    this.#refusal = error;
    this.#wake();
  }

  /** The chunk at this place, when it comes. Rejects with a refusal, and when the signal aborts. */
  async take(offset: number, signal: AbortSignal): Promise<Chunk> {
    for (;;) {
      if (this.#refusal !== undefined) throw this.#refusal;
      const chunk = this.#chunks.get(offset);
      this.#chunks.delete(offset);
      if (chunk !== undefined) return chunk;
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await untilAborted(woken, signal);
    }
  }
}

interface Pull {
  readonly inbox: PullInbox;
  offset: number;
}

/** The road that always works: the receiver asks for windows of chunks, and again for those that did not come. */
export class MqttBlobSource implements BlobSource {
  readonly name = 'mqtt';
  readonly #options: MqttBlobSourceOptions;
  readonly #pulls = new Map<DigestHex, Pull>();

  constructor(options: MqttBlobSourceOptions) {
    this.#options = options;
  }

  /** A chunk frame from the bus. Throws FRAME_MALFORMED, DIGEST_MISMATCH; the window stays as it was. */
  take(digest: DigestHex, frame: Uint8Array): void {
    const pull = this.#pulls.get(digest);
    pull?.inbox.put(decodeChunk(this.#options.crypto, frame), pull.offset);
  }

  refuse(digest: DigestHex, code: string): void {
    const known = isErrorCode(code) ? code : 'BLOB_NOT_FOUND';
    this.#pulls.get(digest)?.inbox.refuse(new SedgeError(known, `the coordinator refuses ${digest}: ${code}`));
  }

  async *pull(digest: Digest, offset: number, signal: AbortSignal): AsyncGenerator<BlobPiece> {
    const hex = digestHexOf(digest);
    if (this.#pulls.has(hex)) throw new SedgeError('OVERLOADED', `${digest} is being pulled already`);
    const pull: Pull = { inbox: new PullInbox(), offset: offset - (offset % limits.chunkDataBytesMax) };
    this.#pulls.set(hex, pull);
    try {
      yield* this.#windows(hex, pull, signal);
    } finally {
      this.#pulls.delete(hex);
    }
  }

  async *#windows(hex: DigestHex, pull: Pull, signal: AbortSignal): AsyncGenerator<BlobPiece> {
    let attempts = 0;
    for (let isWhole = false; !isWhole;) {
      await this.#options.request(hex, { offset: pull.offset, chunks: limits.blobWindowChunks }, signal);
      const windowEnd = pull.offset + limits.blobWindowChunks * limits.chunkDataBytesMax;
      const before = pull.offset;
      for await (const piece of this.#window(pull, windowEnd, signal)) {
        yield piece;
        isWhole = pull.offset >= (piece.totalBytes ?? 0);
      }
      attempts = pull.offset === before ? attempts + 1 : 0;
      if (attempts >= ATTEMPTS_MAX) throw new SedgeError('STREAM_INCOMPLETE', `no chunk of ${hex} comes any more`);
    }
  }

  /** What comes of one window, in order, until its end or until nothing comes any more. */
  async *#window(pull: Pull, windowEnd: number, signal: AbortSignal): AsyncGenerator<Required<BlobPiece>> {
    while (pull.offset < windowEnd) {
      const chunk = await this.#next(pull, signal);
      if (chunk === undefined) return;
      pull.offset += chunk.data.byteLength;
      yield { offset: chunk.offset, data: chunk.data, totalBytes: chunk.total };
      if (pull.offset >= chunk.total || chunk.data.byteLength === 0) return;
    }
  }

  async #next(pull: Pull, signal: AbortSignal): Promise<Chunk | undefined> {
    const { clock, silenceMs = SILENCE_MS } = this.#options;
    using patience = deadlineSignal({ clock, timeoutMs: silenceMs, code: 'STREAM_INCOMPLETE', parents: [signal] });
    try {
      return await pull.inbox.take(pull.offset, patience.signal);
    } catch (error) {
      if (signal.aborted || error !== patience.signal.reason) throw error;
      return undefined;
    }
  }
}
