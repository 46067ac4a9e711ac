import { fromUtf8, SedgeError } from '@sedge/protocol';

/** The whole body. Throws PAYLOAD_TOO_LARGE as soon as it is known to be too long, and BAD_REQUEST when it breaks off. */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  refuseEncoding(request);
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > bytesMax) throw tooLarge(bytesMax);
  if (request.headers.has('content-length')) return wholeBody(request, bytesMax);
  return gathered(request, bytesMax);
}

/** The body piece by piece, for content that should not lie in memory whole. */
export function bodyPieces(request: Request): AsyncIterable<Uint8Array> {
  refuseEncoding(request);
  return (request.body ?? []) as AsyncIterable<Uint8Array>;
}

/** Throws BAD_JSON. */
export function parseJsonBody(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw new SedgeError('BAD_JSON', 'the body is not JSON', { cause });
  }
}

/** With an announced length the server hands over the body in one piece, and never more than was announced. */
async function wholeBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  try {
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.byteLength > bytesMax) throw tooLarge(bytesMax);
    return bytes;
  } catch (cause) {
    if (cause instanceof SedgeError) throw cause;
    throw new SedgeError('BAD_REQUEST', 'the body broke off', { cause });
  }
}

async function gathered(request: Request, bytesMax: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bodyPieces(request)) {
    length += piece.byteLength;
    if (length > bytesMax) throw tooLarge(bytesMax);
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

/** Nothing is unpacked here: a short body could become a very long one. */
function refuseEncoding(request: Request): void {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    throw new SedgeError('UNSUPPORTED_MEDIA_TYPE', `content-encoding ${encoding}`, { expose: true });
}

function tooLarge(bytesMax: number): SedgeError {
  return new SedgeError('PAYLOAD_TOO_LARGE', `at most ${bytesMax} bytes`, { expose: true });
}
