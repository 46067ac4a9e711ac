import { once } from 'node:events';
import { renewToken } from '../../src/local-door/local-token.ts';
import { systemRandomness } from '@sedge/kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hang, openDoor, rawSocket, sayRaw, type OpenDoor } from './open-door.ts';

const INFER = '/v2/models/echo/infer';
const x = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, -2] };
const good = { inputs: [x] };
const post = (body: string | Uint8Array, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body,
  headers,
});

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor();
});
afterAll(() => open[Symbol.asyncDispose]());

/** Status, and the code that the text of the error begins with. */
function refusalOf({ status, body }: { readonly status: number; readonly body: Buffer }): [number, string] {
  const { error } = JSON.parse(body.toString()) as { error: string };
  return [status, error.slice(0, error.indexOf(':'))];
}

describe('who may ask', () => {
  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer sedge_local_wrong' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic c2VkZ2U6c2VkZ2U=' }],
  ])('nobody with %s', async (_, headers) => {
    for (const path of ['/v2', '/v2/models/echo', '/v2/repository/index', '/nowhere']) {
      const response = await fetch(`${open.url}${path}`, { headers });
      expect(refusalOf({ status: response.status, body: Buffer.from(await response.arrayBuffer()) })).toEqual([
        401,
        'UNAUTHENTICATED',
      ]);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
    }
    expect(open.calls).toHaveLength(0);
  });

  it('nobody with the token that was renewed', async () => {
    await using other = await openDoor();
    expect((await other.ask('/v2')).status).toBe(200);
    const renewed = await renewToken(other.tokenPath, systemRandomness);
    const fresh = await other.send('/v2', { headers: { authorization: `Bearer ${renewed}` } });
    expect(fresh.status).toBe(200);
    expect((await other.ask('/v2')).status).toBe(401);
  });

  it.each([
    ['a name that resolves to loopback', 'evil.example:80'],
    ['a name that begins like an address', '127.0.0.1.evil.example'],
    ['a name that ends like one', 'evil-localhost'],
    ['another address of this machine', '192.168.1.7'],
  ])('no page of %s, even at the open paths', async (_, host) => {
    const request = `GET /v2/health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const answer = await sayRaw(open.port, request);
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(answer).toContain('{"error":"HOST_REFUSED: ');
    expect(answer.toLowerCase()).not.toContain('access-control');
  });

  it.each(['localhost', 'LOCALHOST:8080', '127.0.0.1', '127.1.2.3:1', '[::1]:8080'])('who says %s', async (host) => {
    const request = `GET /v2/health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    expect(await sayRaw(open.port, request)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('what may be asked', () => {
  it.each([
    ['an address that is not there', '/v2/nothing', undefined, 404, 'NOT_FOUND'],
    ['another method', INFER, undefined, 405, 'METHOD_NOT_ALLOWED'],
    ['an unknown model', '/v2/models/nobody/infer', good, 404, 'MODEL_NOT_FOUND'],
    ['a name that no model can have', '/v2/models/..%2Fkey/infer', good, 404, 'MODEL_NOT_FOUND'],
    ['an unknown version', '/v2/models/echo/versions/9/infer', good, 404, 'MODEL_NOT_FOUND'],
    ['a version that is no number', '/v2/models/echo/versions/latest', undefined, 404, 'MODEL_NOT_FOUND'],
    ['a model that still loads', '/v2/models/slow/ready', undefined, 409, 'MODEL_NOT_LOADED'],
    ['a function of another kind', INFER, { ...good, parameters: { function: 7 } }, 400, 'INVALID_FIELD'],
    ['no time at all', INFER, { ...good, parameters: { timeout: 0 } }, 400, 'INVALID_FIELD'],
    ['no list of inputs', INFER, {}, 400, 'INVALID_FIELD'],
    ['an unknown type', INFER, { inputs: [{ ...x, datatype: 'FP128' }] }, 400, 'INVALID_FIELD'],
    ['fewer values than the shape says', INFER, { inputs: [{ ...x, data: [1] }] }, 400, 'TENSOR_MISMATCH'],
    ['text for a number', INFER, { inputs: [{ ...x, data: ['1', '2'] }] }, 400, 'TENSOR_MISMATCH'],
    ['an output that is not there', INFER, { ...good, outputs: [{ name: 'z' }] }, 400, 'TENSOR_MISMATCH'],
  ])('not %s', async (_, path, body, status, code) => {
    const init = body === undefined ? {} : post(JSON.stringify(body));
    expect(refusalOf(await open.send(path, init))).toEqual([status, code]);
  });

  it('not an unknown function; the answer lists the known ones', async () => {
    const answer = await open.ask(INFER, { ...good, parameters: { function: 'guess' } });
    expect(answer.status).toBe(404);
    expect((answer.body as { error: string }).error).toContain('echo@2 has infer, embed');
  });

  it.each([
    ['that is no JSON', '{"inputs": [', {}, 400, 'BAD_JSON'],
    ['that is no UTF-8', Buffer.of(0xff), {}, 400, 'BAD_JSON'],
    ['that is empty', '', {}, 400, 'BAD_JSON'],
    ['whose JSON ends beyond it', '{}', { 'Inference-Header-Content-Length': '3' }, 400, 'BAD_REQUEST'],
    ['whose JSON length is no number', '{}', { 'Inference-Header-Content-Length': 'x' }, 400, 'BAD_REQUEST'],
    ['that ends within a raw element', 'abc', { 'Inference-Header-Content-Length': '0' }, 400, 'TENSOR_MISMATCH'],
    ['that is packed', 'abc', { 'content-encoding': 'gzip' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('not with a body %s', async (_, body, headers, status, code) => {
    expect(refusalOf(await open.send(INFER, post(body, headers)))).toEqual([status, code]);
  });

  it('not with a body that is announced as too long, of which nothing is read', async () => {
    const head = `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${open.token}\r\n`;
    const answer = await sayRaw(open.port, `${head}Content-Length: 67108865\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('PAYLOAD_TOO_LARGE');
  });
});

describe('how much may be asked at once', () => {
  it('answers what is beyond the bound with 503, and goes on', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    await using busy = await openDoor({
      compute: async ({ inputs }) => {
        await gate;
        return inputs.map((tensor) => ({ ...tensor, name: 'y' }));
      },
    });
    const answers: Awaited<ReturnType<OpenDoor['send']>>[] = [];
    const all = Array.from({ length: 200 }, async () => {
      answers.push(await busy.send(INFER, post(JSON.stringify(good))));
    });
    // 64 are let in and wait; the others hear at once that they are not.
    await expect.poll(() => answers.length, { timeout: 10_000 }).toBe(136);
    expect(new Set(answers.map((answer) => refusalOf(answer).join(' ')))).toEqual(new Set(['503 QUEUE_FULL']));
    expect(answers[0]?.headers.get('retry-after')).toBe('1');
    expect(busy.calls).toHaveLength(64);
    release();
    await Promise.all(all);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(64);
    expect((await busy.ask(INFER, good)).status).toBe(200);
  });

  it('counts the bytes of bodies, too: those that do not say their length as the longest', async () => {
    await using busy = await openDoor({ bounds: { bytesMax: 1_000 } });
    expect((await busy.ask(INFER, good)).status).toBe(200);
    const head = `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${busy.token}\r\n`;
    const answer = await sayRaw(busy.port, `${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  });
});

describe('callers that do not behave', () => {
  it('who leave have their request called off', async () => {
    await using slow = await openDoor({ compute: hang });
    const caller = new AbortController();
    const asked = slow.send(INFER, { ...post(JSON.stringify(good)), signal: caller.signal });
    await expect.poll(() => slow.calls.length).toBe(1);
    caller.abort();
    await expect(asked).rejects.toThrow('aborted');
    await expect.poll(() => slow.calls[0]?.options.signal.aborted).toBe(true);
    expect(slow.log.messages('warn')).toEqual([]);
  });

  it('who leave within their body have no model asked', async () => {
    await using other = await openDoor();
    const socket = await rawSocket(other.port);
    const head = `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${other.token}\r\n`;
    socket.write(`${head}Content-Length: 1000\r\n\r\n{"inputs"`);
    socket.destroySoon();
    await once(socket, 'close');
    expect((await other.ask(INFER, good)).status).toBe(200);
    expect(other.calls).toHaveLength(1);
  });

  it('who send a head or a body too slowly are cut off, and no model is asked', async () => {
    await using other = await openDoor({ bounds: { headTimeoutMs: 100, requestTimeoutMs: 200 } });
    const head = `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${other.token}\r\n`;
    for (const text of [head, `${head}Content-Length: 1000\r\n\r\n{"inputs"`]) {
      expect(await sayRaw(other.port, text)).toMatch(/^HTTP\/1\.1 408 /);
    }
    expect(other.calls).toEqual([]);
    expect((await other.ask('/v2')).status).toBe(200);
  });

  it.each([
    ['what is no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n'],
    ['a version that there is not', 'GET /v2 HTTP/9.9\r\n\r\n'],
    ['two lengths', 'POST /v2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      'both kinds of length',
      'POST /v2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['no host', 'GET /v2 HTTP/1.1\r\n\r\n'],
    ['a head without an end', `GET /v2 HTTP/1.1\r\nHost: localhost\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`],
  ])('who say %s hear a 400 or 431 and are cut off', async (_, text) => {
    expect(await sayRaw(open.port, text)).toMatch(/^HTTP\/1\.1 4(00|31) /);
    expect((await open.ask('/v2')).status).toBe(200);
  });
});
