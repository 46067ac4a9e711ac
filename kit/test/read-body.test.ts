import { describe, expect, it } from 'vitest';
import { readBody } from '../src/index.ts';

const BYTES_MAX = 4;

function sent(pieces: readonly string[], headers: Record<string, string> = {}): Request {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  return new Request('http://127.0.0.1/', { method: 'POST', body, headers, duplex: 'half' });
}

describe('readBody', () => {
  it('puts a body of unknown length together', async () => {
    expect(new TextDecoder().decode(await readBody(sent(['ab', 'cd']), BYTES_MAX))).toBe('abcd');
  });

  it.each([
    ['announces too much', sent(['a'], { 'content-length': '5' }), 'PAYLOAD_TOO_LARGE'],
    ['sends more than it announced', sent(['abcde'], { 'content-length': '4' }), 'PAYLOAD_TOO_LARGE'],
    ['sends too much', sent(['abc', 'de']), 'PAYLOAD_TOO_LARGE'],
    ['is packed', sent(['a'], { 'content-encoding': 'gzip' }), 'UNSUPPORTED_MEDIA_TYPE'],
  ])('refuses a body that %s', async (_, request, code) => {
    await expect(readBody(request, BYTES_MAX)).rejects.toMatchObject({ code });
  });
});
