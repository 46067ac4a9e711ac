import { bodyPieces } from '@sedge/kit';
import { digest, type Digest, limits, SedgeError } from '@sedge/protocol';
import { Readable } from 'node:stream';
import { type ByteRange, byteRange } from '../byte-range.ts';
import type { Handlers } from '../handler.ts';
import type { HttpRooms } from '../rooms.ts';

/** Content streams through in both directions; it never lies in memory whole. */
export function contentRoutes({ blobs }: Pick<HttpRooms, 'blobs'>): Pick<Handlers, 'putBlob' | 'getBlob'> {
  return {
    putBlob: {
      raw: async ({ path, request, reply }) => {
        const named = digestOf(path.digest);
        if (Number(request.headers.get('content-length') ?? 0) > limits.blobBytesMax) {
          throw new SedgeError('PAYLOAD_TOO_LARGE', `at most ${limits.blobBytesMax} bytes`, { expose: true });
        }
        const { sizeBytes } = await blobs.put(named, bodyPieces(request));
        const headers = { 'content-type': 'application/json' };
        return reply(JSON.stringify({ digest: named, sizeBytes }), { headers });
      },
    },
    getBlob: async ({ path, request, reply }) => {
      const named = digestOf(path.digest);
      const sizeBytes = await blobs.sizeOf(named);
      if (sizeBytes === undefined) throw new SedgeError('BLOB_NOT_FOUND', `no content ${named}`, { expose: true });
      const range = byteRange(request.headers.get('range') ?? undefined, sizeBytes);
      const headers = contentHeaders(named, sizeBytes, range);
      const status = range === undefined ? 200 : 206;
      if (request.method === 'HEAD') return reply(null, { status, headers });
      const stream = await blobs.stream(named, range);
      return reply(Readable.toWeb(stream) as ReadableStream<Uint8Array>, { status, headers });
    },
  };
}

function digestOf(text: string): Digest {
  const parsed = digest.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new SedgeError('INVALID_FIELD', 'the address must end with sha256: and 64 lower-case hex digits', {
    expose: true,
  });
}

function contentHeaders(named: Digest, sizeBytes: number, range: ByteRange | undefined): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    'content-length': String(range === undefined ? sizeBytes : range.end - range.start + 1),
    'accept-ranges': 'bytes',
    etag: `"${named}"`,
    'cache-control': 'private, max-age=31536000, immutable',
    ...(range === undefined ? {} : { 'content-range': `bytes ${range.start}-${range.end}/${sizeBytes}` }),
  };
}
