import type { IncomingMessage, RequestOptions } from 'node:http';
import { SedgeError } from '@sedge/protocol';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How long the other side may say nothing. */
  readonly silenceMs: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Has to be read to its end or destroyed, or the connection stays open. */
  readonly body: AsyncIterable<Uint8Array> & { destroy(): void };
}

/** One HTTP exchange. Throws COORDINATOR_UNREACHABLE when there is no answer. */
export type HttpExchange = (request: HttpRequest) => Promise<HttpResponse>;

/** Over node:http: `fetch` would cost an idle agent some 10 MB. */
export const httpExchange: HttpExchange = async (request) => {
  const { request: open } = request.url.startsWith('https:') ? await import('node:https') : await import('node:http');
  const { url, method, headers, body, silenceMs, signal } = request;
  const options: RequestOptions = { method, headers: { ...headers }, timeout: silenceMs, ...(signal && { signal }) };
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => reject(unreachable(url, cause));
    try {
      const outgoing = open(url, options, (incoming) => resolve(responseOf(incoming)));
      outgoing.on('error', refuse);
      outgoing.on('timeout', () => outgoing.destroy(new Error(`silent for ${silenceMs} ms`)));
      outgoing.end(body);
    } catch (cause) {
      refuse(cause as Error);
    }
  });
};

/** The whole body of a short answer. Throws PAYLOAD_TOO_LARGE, COORDINATOR_UNREACHABLE. */
export async function readBody({ body }: HttpResponse, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of body) {
      length += part.byteLength;
      if (length > bytesMax) throw new SedgeError('PAYLOAD_TOO_LARGE', `an answer of more than ${bytesMax} bytes`);
      parts.push(part);
    }
  } catch (cause) {
    if (cause instanceof SedgeError) throw cause;
    throw new SedgeError('COORDINATOR_UNREACHABLE', 'the answer broke off', { cause });
  }
  return Buffer.concat(parts, length);
}

function responseOf(incoming: IncomingMessage): HttpResponse {
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming };
}

function unreachable(url: string, cause: Error): SedgeError {
  const { origin } = new URL(url);
  return new SedgeError('COORDINATOR_UNREACHABLE', `${origin}: ${cause.message || cause.name}`, {
    cause,
    expose: true,
  });
}
