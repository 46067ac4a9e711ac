/** A door that answers as told and keeps what it was asked. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  readonly bytes: Uint8Array;
}

export interface FakeDoor {
  readonly fetch: typeof fetch;
  readonly asked: Asked[];
}

export type Reply = Response | ((asked: Asked) => Response);

/** Replies by `METHOD /path`, without the query. What is not listed gets a 404 that no coordinator would send. */
export function fakeDoor(replies: Readonly<Record<string, Reply>>): FakeDoor {
  const asked: Asked[] = [];
  return {
    asked,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const bytes = new Uint8Array(await request.arrayBuffer());
      const { method, url, headers } = request;
      const question = { method, url, headers, bytes, body: Buffer.from(bytes).toString() };
      asked.push(question);
      const reply =
        replies[`${request.method} ${new URL(url).pathname}`] ?? new Response('no such page', { status: 404 });
      return typeof reply === 'function' ? reply(question) : reply.clone();
    },
  };
}

export function jsonReply(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });
}

export function problemReply(code: string, status: number, more: object = {}): Response {
  return jsonReply({ type: 'about:blank', title: 'A title', status, code, retry: 'never', ...more }, status);
}
