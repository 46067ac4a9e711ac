import { z } from 'zod';
import { limits } from '../limits.ts';

/** A receiver asks for the next window of a blob, so that a transfer resumes where it broke off. */
export const blobRequest = z.object({
  /** A multiple of `limits.chunkDataBytesMax`. */
  offset: z.int().min(0),
  chunks: z.int().min(1).max(limits.blobWindowChunks),
});
export type BlobRequest = z.infer<typeof blobRequest>;

export const blobRefused = z.object({ code: z.string().max(100) });
export type BlobRefused = z.infer<typeof blobRefused>;
