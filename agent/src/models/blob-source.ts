import type { Digest } from '@sedge/protocol';

/** A run of bytes of a blob and its place. */
export interface BlobPiece {
  readonly offset: number;
  readonly data: Uint8Array;
  /** Length of the whole blob, where the source knows it. */
  readonly totalBytes?: number;
}

/** A road by which content comes from the coordinator. */
export interface BlobSource {
  readonly name: 'http' | 'mqtt';
  /**
   * The pieces from `offset` to the end, in order and without gaps; the first may begin earlier, where the road
   * cannot start at every byte. Throws BLOB_NOT_FOUND, STREAM_INCOMPLETE, COORDINATOR_UNREACHABLE, BUS_CLOSED.
   */
  pull(digest: Digest, offset: number, signal: AbortSignal): AsyncIterable<BlobPiece>;
}
