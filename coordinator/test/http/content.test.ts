import { digestOf } from '@sedge/protocol';
import { nodeCrypto } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { admin, bearer, NODE_TOKEN, openDoor } from './fake-rooms.ts';

const content = new TextEncoder().encode('0123456789');
const digest = digestOf(nodeCrypto, content);
const path = `/api/v1/blobs/${digest}`;

describe('content', () => {
  it('is stored under its digest and given back, to nodes as well', async () => {
    const { app } = openDoor();
    const stored = await app.request(path, { method: 'PUT', headers: admin, body: content });
    expect([stored.status, await stored.json()]).toEqual([201, { digest, sizeBytes: 10 }]);
    const read = await app.request(path, { headers: bearer(NODE_TOKEN) });
    expect([read.status, await read.text(), read.headers.get('content-length')]).toEqual([200, '0123456789', '10']);
  });

  it('is given in ranges', async () => {
    const door = openDoor();
    door.contents.set(digest, content);
    const part = await door.app.request(path, { headers: { ...admin, range: 'bytes=2-4' } });
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
    const beyond = await door.app.request(path, { headers: { ...admin, range: 'bytes=10-' } });
    expect([beyond.status, ((await beyond.json()) as { code: string }).code]).toEqual([416, 'RANGE_NOT_SATISFIABLE']);
  });

  it('says its length alone when asked so', async () => {
    const door = openDoor();
    door.contents.set(digest, content);
    const head = await door.app.request(path, { method: 'HEAD', headers: admin });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
  });

  it.each([
    ['other content', 'PUT', path, 'altered', 400, 'DIGEST_MISMATCH'],
    ['a digest that is none', 'PUT', '/api/v1/blobs/sha256:zz', 'x', 400, 'INVALID_FIELD'],
    ['content that is not there', 'GET', path, undefined, 404, 'BLOB_NOT_FOUND'],
    ['a path instead of a digest', 'GET', '/api/v1/blobs/..%2f..%2fetc%2fpasswd', undefined, 400, 'INVALID_FIELD'],
  ])('refuses %s', async (_, method, at, body, status, code) => {
    const init = { method, headers: admin, ...(body === undefined ? {} : { body }) };
    const response = await openDoor().app.request(at, init);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
  });

  it('is refused by its announced length', async () => {
    const headers = { ...admin, 'content-length': String(3 * 2 ** 30) };
    const response = await openDoor().app.request(path, { method: 'PUT', headers, body: 'x' });
    expect(response.status).toBe(413);
  });
});
