import { SedgeError, type Digest } from '@sedge/protocol';
import type { BlobPiece, BlobSource } from './blob-source.ts';

/** The body of an answer to a ranged request, and the byte that it begins with. */
export interface RangedContent {
  readonly from: number;
  readonly body: AsyncIterable<Uint8Array>;
}

export type OpenRange = (digest: Digest, from: number, signal: AbortSignal) => Promise<RangedContent>;

/** The faster road: one request that begins where the last one broke off. */
export class HttpBlobSource implements BlobSource {
  readonly name = 'http';
  readonly #open: OpenRange;

  constructor(open: OpenRange) {
    this.#open = open;
  }

  async *pull(digest: Digest, offset: number, signal: AbortSignal): AsyncGenerator<BlobPiece> {
    const { from, body } = await this.#open(digest, offset, signal);
    let position = from;
    try {
      for await (const data of body) {
        yield { offset: position, data };
        position += data.byteLength;
      }
    } catch (cause) {
      if (cause instanceof SedgeError) throw cause;
      throw new SedgeError('COORDINATOR_UNREACHABLE', `${digest} broke off at byte ${position}`, { cause });
    }
  }
}
