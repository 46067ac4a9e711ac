import { createServer } from 'node:net';
import { once } from 'node:events';
import { nodeCrypto } from '@sedge/kit';
import { digestOf, type Digest } from '@sedge/protocol';
import { routes } from '@sedge/protocol/routes';
import { describe, expect, it } from 'vitest';
import { Client } from '../src/client.ts';
import { fakeDoor, jsonReply, problemReply } from './fake-door.ts';

const url = 'http://door.test';

function clientOf(replies: Parameters<typeof fakeDoor>[0]) {
  const door = fakeDoor(replies);
  return { client: new Client({ url: `${url}/`, token: 'secret', fetch: door.fetch }), door };
}

describe('Client', () => {
  it('fills path and query, signs in, and reads the answer by its schema', async () => {
    const { client, door } = clientOf({ 'GET /api/v1/ledger': jsonReply({ items: [], more: 'dropped' }) });
    const answer = await client.call(routes.listLedger, { query: { limit: 5, after: 'a b' } });
    expect(answer).toEqual({ items: [] });
    expect(door.asked[0]?.url).toBe(`${url}/api/v1/ledger?limit=5&after=a+b`);
    expect(door.asked[0]?.headers.get('authorization')).toBe('Bearer secret');
  });

  it('escapes what stands in a path', async () => {
    const { client, door } = clientOf({});
    await expect(client.call(routes.getNode, { path: { node: '../x y' } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(door.asked[0]?.url).toBe(`${url}/api/v1/nodes/..%2Fx%20y`);
  });

  it('turns a problem into the error that it was at the coordinator, with the fields that are wrong', async () => {
    const errors = [{ path: 'privacy.noiseMultipler', message: 'did you mean noiseMultiplier?' }];
    const { client } = clientOf({
      'POST /api/v1/runs': problemReply('UNKNOWN_FIELD', 400, { detail: 'The body has a field too many.', errors }),
    });
    const plan = { model: { name: 'm', version: 1 }, dataset: 'd', rounds: 1 } as never;
    await expect(client.call(routes.createRun, { body: { plan } })).rejects.toMatchObject({
      code: 'UNKNOWN_FIELD',
      detail: 'privacy.noiseMultipler: did you mean noiseMultiplier?',
    });
  });

  it('takes the code out of an error of the Open Inference Protocol', async () => {
    const error = 'TENSOR_MISMATCH: A tensor does not fit.';
    const { client } = clientOf({ 'GET /v2/models/m': jsonReply({ error }, 400) });
    await expect(client.call(routes.modelMetadata, { path: { model: 'm' } })).rejects.toMatchObject({
      code: 'TENSOR_MISMATCH',
      detail: 'A tensor does not fit.',
    });
  });

  it.each([
    [401, 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [413, 'PAYLOAD_TOO_LARGE'],
    [502, 'INTERNAL'],
    [503, 'OVERLOADED'],
    [418, 'BAD_REQUEST'],
  ])('takes status %i without a code of ours for %s', async (status, code) => {
    const { client } = clientOf({ 'GET /api/v1/info': new Response('<html>', { status }) });
    await expect(client.call(routes.info)).rejects.toMatchObject({ code });
  });

  it('takes a code that it does not know for what its status says', async () => {
    const { client } = clientOf({ 'GET /api/v1/info': problemReply('FROM_THE_FUTURE', 404) });
    await expect(client.call(routes.info)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses an answer that is not as declared', async () => {
    const { client } = clientOf({ 'GET /api/v1/info': jsonReply({ version: 3 }) });
    await expect(client.call(routes.info)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('says COORDINATOR_UNREACHABLE with the address when nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const client = new Client({ url: `http://127.0.0.1:${port}` });
    await expect(client.call(routes.info)).rejects.toMatchObject({
      code: 'COORDINATOR_UNREACHABLE',
      detail: expect.stringContaining(`127.0.0.1:${port}`) as string,
    });
  });

  it('stores a blob under its digest and reads it back', async () => {
    const content = Uint8Array.of(1, 2, 3);
    const digest = digestOf(nodeCrypto, content);
    const path = `/api/v1/blobs/${encodeURIComponent(digest)}`;
    const { client, door } = clientOf({
      [`PUT ${path}`]: jsonReply({ digest, sizeBytes: 3 }, 201),
      [`GET ${path}`]: new Response(content),
    });
    expect(await client.putBlob(nodeCrypto, content)).toBe(digest);
    expect(door.asked[0]?.bytes).toEqual(content);
    expect(await client.getBlob(nodeCrypto, digest)).toEqual(content);
  });

  it('refuses a blob that is not what its digest says', async () => {
    const digest = `sha256:${'0'.repeat(64)}` as Digest;
    const { client } = clientOf({ [`GET /api/v1/blobs/${encodeURIComponent(digest)}`]: new Response('other') });
    await expect(client.getBlob(nodeCrypto, digest)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });
});
