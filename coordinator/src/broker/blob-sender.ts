import {
  channels,
  type Crypto,
  digestHex,
  digestOfHex,
  encodeChunk,
  encodeJson,
  limits,
  type Digest,
  type DigestHex,
  type ErrorCode,
  type NodeAddress,
  SedgeError,
  topicOf,
} from '@sedge/protocol';
import type { Bus } from '@sedge/kit';
import type { UpMessage } from './dispatch.ts';

/** The content that nodes may pull. */
export interface BlobSource {
  /** Undefined if there is no such content. */
  sizeOf(digest: Digest): Promise<number | undefined>;
  /** The bytes from `start` up to, not including, `end`. */
  readRange(digest: Digest, start: number, end: number): Promise<Uint8Array>;
}

export interface BlobSenderOptions {
  readonly blobs: BlobSource;
  readonly bus: Pick<Bus, 'publish'>;
  readonly crypto: Pick<Crypto, 'sha256'>;
}

/** Answers a node's request for the next chunks of a blob. The node decides the pace and where to go on. */
export class BlobSender {
  readonly #options: BlobSenderOptions;

  constructor(options: BlobSenderOptions) {
    this.#options = options;
  }

  async answer({ from, parameters, body }: UpMessage<'blobRequest'>): Promise<void> {
    const hex = digestHex.safeParse(parameters.digest);
    if (!hex.success) throw new SedgeError('INVALID_FIELD', `${parameters.digest} is no digest`);
    const sizeBytes = await this.#options.blobs.sizeOf(digestOfHex(hex.data));
    if (sizeBytes === undefined) return this.#refuse(from, hex.data, 'BLOB_NOT_FOUND');
    if (!startsChunk(body.offset, sizeBytes)) return this.#refuse(from, hex.data, 'RANGE_NOT_SATISFIABLE');
    await this.#sendWindow(from, hex.data, sizeBytes, body.offset, body.chunks);
  }

  async #sendWindow(to: NodeAddress, hex: DigestHex, sizeBytes: number, first: number, chunks: number): Promise<void> {
    const end = Math.min(sizeBytes, first + chunks * limits.chunkDataBytesMax);
    for (let offset = first; offset === first || offset < end; offset += limits.chunkDataBytesMax) {
      await this.#sendChunk(to, hex, sizeBytes, offset);
    }
  }

  async #sendChunk(to: NodeAddress, hex: DigestHex, sizeBytes: number, offset: number): Promise<void> {
    const { blobs, bus, crypto } = this.#options;
    const end = Math.min(sizeBytes, offset + limits.chunkDataBytesMax);
    const frame = encodeChunk(crypto, {
      encoding: 'bytes',
      // The same for every window of a blob, so that a transfer that resumes is still one stream.
      stream: hex.slice(0, 32),
      sequence: offset / limits.chunkDataBytesMax,
      offset,
      total: sizeBytes,
      data: await blobs.readRange(digestOfHex(hex), offset, end),
    });
    const topic = topicOf(channels.blobChunk, to, { digest: hex, offset: String(offset) });
    await bus.publish(topic, frame, { qos: channels.blobChunk.qos });
  }

  async #refuse(to: NodeAddress, hex: DigestHex, code: ErrorCode): Promise<void> {
    const topic = topicOf(channels.blobRefused, to, { digest: hex });
    await this.#options.bus.publish(topic, encodeJson(channels.blobRefused, { code }), { qos: 1 });
  }
}

/** Chunks lie on one grid; content without bytes is one empty chunk. */
function startsChunk(offset: number, sizeBytes: number): boolean {
  return offset % limits.chunkDataBytesMax === 0 && (offset < sizeBytes || offset === 0);
}
