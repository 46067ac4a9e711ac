import { limits, type Role, SedgeError } from '@sedge/protocol';
import { type Problem, problem, type Route, routes } from '@sedge/protocol/routes';
import { collectingLog } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { admin, asJson, bearer, openDoor, tokenOf } from './fake-rooms.ts';

const withBody = (Object.entries(routes) as [string, Route][]).filter(
  ([name, { body }]) => body?.kind === 'json' && !['infer', 'inferVersion'].includes(name),
);
const address = (path: string): string => path.replaceAll(/\{(\w+)\}/g, 'x');
const plan = {
  model: { name: 'digits', version: 1 },
  dataset: 'digits',
  rounds: 2,
  local: { epochs: 1, batchSize: 8, learningRate: 0.1 },
};

async function send(path: string, method: string, body: unknown, headers: Record<string, string> = asJson) {
  const door = openDoor();
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await door.app.request(path, { method, headers: { ...admin, ...headers }, body: text as string });
  return { door, response, problem: (await response.json()) as Problem };
}

describe('a body', () => {
  const hostile: [string, string | Uint8Array][] = [
    ['nothing', ''],
    ['half a JSON', '{"a":'],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['a very deep JSON', '['.repeat(100_000)],
  ];

  it.each(withBody)('of %s that is no JSON is refused as such', async (_, { method, path }) => {
    for (const [, body] of hostile) {
      const { response, problem: told } = await send(address(path), method, body);
      expect([response.status, told.code]).toEqual([400, 'BAD_JSON']);
    }
  });

  it.each(withBody)('of %s that is JSON of another kind is refused', async (_, { method, path }) => {
    for (const body of [null, 5, 'x', [], [{}], true]) {
      const { response, problem: told } = await send(address(path), method, JSON.stringify(body));
      expect([response.status, told.code]).toEqual([400, 'INVALID_FIELD']);
    }
  });

  it.each(withBody)('of %s with another content type is refused', async (_, { method, path }) => {
    const { problem: told } = await send(address(path), method, {}, { 'content-type': 'text/plain' });
    expect(told.code).toBe('UNSUPPORTED_MEDIA_TYPE');
  });

  it.each(withBody)('of %s that is too long is refused by its length alone', async (_, { method, path }) => {
    const length = { 'content-length': String(limits.jsonBodyBytesMax + 1) };
    const { response, problem: told } = await send(address(path), method, '{}', { ...asJson, ...length });
    expect([response.status, told.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it('that is packed is refused', async () => {
    const { problem: told } = await send('/api/v1/runs', 'POST', '{}', { ...asJson, 'content-encoding': 'gzip' });
    expect(told.code).toBe('UNSUPPORTED_MEDIA_TYPE');
  });

  it('does not reach into the prototype of objects', async () => {
    const body = '{"__proto__":{"roles":["admin"]},"name":"x","roles":["viewer"]}';
    const { response } = await send('/api/v1/tokens', 'POST', body);
    expect(response.status).toBe(400);
  });
});

describe('an unknown field', () => {
  it('is refused with the nearest known name', async () => {
    const privacy = { clipNorm: 1, noiseMultiplyer: 1, delta: 1e-3, epsilonMax: 5 };
    const { response, problem: told, door } = await send('/api/v1/runs', 'POST', { plan: { ...plan, privacy } });
    expect([response.status, told.code]).toEqual([400, 'UNKNOWN_FIELD']);
    expect(told.errors).toContainEqual({
      path: 'plan.privacy.noiseMultiplyer',
      message: 'is not known; did you mean "noiseMultiplier"?',
    });
    expect(door.created).toEqual([]);
  });

  it('is refused inside of a choice of forms', async () => {
    const body = { model: { name: 'digits', version: 1 }, selector: { node: ['a'] } };
    const { problem: told } = await send('/api/v1/deployments', 'POST', body);
    expect([told.code, told.errors?.[0]?.path]).toEqual(['UNKNOWN_FIELD', 'selector.node']);
  });

  it('is refused in a query', async () => {
    const response = await openDoor().app.request('/api/v1/nodes?limitt=5', { headers: admin });
    expect(await response.json()).toMatchObject({
      code: 'UNKNOWN_FIELD',
      errors: [{ path: 'limitt', message: 'is not known; did you mean "limit"?' }],
    });
    const none = await openDoor().app.request('/api/v1/nodes/node-a?verbose=1', { headers: admin });
    expect(none.status).toBe(400);
  });
});

describe('a field with a wrong value', () => {
  it.each([
    ['rounds of 0', { ...plan, rounds: 0 }, 'plan.rounds'],
    [
      'a learning rate in words',
      { ...plan, local: { ...plan.local, learningRate: 'high' } },
      'plan.local.learningRate',
    ],
    ['a model name with capitals', { ...plan, model: { name: 'Digits', version: 1 } }, 'plan.model.name'],
    ['a stop rule without an evaluation', { ...plan, stop: { accuracyMin: 0.9 } }, 'plan.stop'],
  ])('is named: %s', async (_, wrong, path) => {
    const { problem: told } = await send('/api/v1/runs', 'POST', { plan: wrong });
    expect([told.code, told.errors?.[0]?.path]).toEqual(['INVALID_FIELD', path]);
  });

  it('is refused in a query', async () => {
    for (const query of ['limit=0', 'limit=1001', 'limit=many', 'status=lost']) {
      const response = await openDoor().app.request(`/api/v1/nodes?${query}`, { headers: admin });
      expect(await response.json()).toMatchObject({ code: 'INVALID_FIELD' });
    }
    const ledger = await openDoor().app.request('/api/v1/ledger?after=x', { headers: admin });
    expect(await ledger.json()).toMatchObject({ code: 'INVALID_FIELD' });
  });
});

describe('a good request', () => {
  it('fills in what the plan leaves out', async () => {
    const { response, door } = await send('/api/v1/runs', 'POST', { plan });
    expect(response.status).toBe(201);
    expect(door.created[0]?.plan).toMatchObject({ cohort: { sampling: 'all' }, strategy: { name: 'fedavg' } });
  });

  it('needs no content type', async () => {
    const door = openDoor();
    const body = new TextEncoder().encode(JSON.stringify({ plan }));
    const bare = await door.app.request('/api/v1/runs', { method: 'POST', headers: admin, body });
    expect(bare.status).toBe(201);
  });

  it('pages through a list', async () => {
    const { app } = openDoor();
    const page = async (query: string) =>
      (await (await app.request(`/api/v1/nodes?${query}`, { headers: admin })).json()) as {
        items: { id: string }[];
        next?: string;
      };
    const first = await page('limit=2');
    expect([first.items.map(({ id }) => id), first.next]).toEqual([['node-a', 'node-b'], 'node-b']);
    const second = await page(`limit=2&after=${first.next}`);
    expect([second.items.map(({ id }) => id), second.next]).toEqual([['node-c'], undefined]);
  });

  it('lets a model in quarantine go, for operators', async () => {
    const door = openDoor();
    const release = (role: Role, body: unknown) =>
      door.app.request('/api/v1/nodes/node-a/release', {
        method: 'POST',
        headers: { ...bearer(tokenOf(role)), ...asJson },
        body: JSON.stringify(body),
      });
    const response = await release('operator', { model: { name: 'digits', version: 2 } });
    expect([response.status, await response.json()]).toEqual([
      200,
      { node: 'node-a', model: { name: 'digits', version: 2 } },
    ]);
    expect((await release('viewer', { model: { name: 'digits', version: 2 } })).status).toBe(403);
    expect((await release('operator', { model: 'digits' })).status).toBe(400);
    expect(door.released).toEqual(['node-a digits@2']);
  });

  it('removes a node and cuts it off', async () => {
    const door = openDoor();
    const response = await door.app.request('/api/v1/nodes/node-a', { method: 'DELETE', headers: admin });
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(door.removed).toEqual(['node-a', 'disconnect node-a']);
  });
});

describe('an error', () => {
  it('is a problem under /api/v1, with the request id of its header', async () => {
    const response = await openDoor().app.request('/api/v1/nodes/nobody', { headers: admin });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const told = problem.parse(await response.json());
    expect(told).toMatchObject({
      status: 404,
      code: 'NODE_NOT_FOUND',
      retry: 'never',
      detail: 'there is no node nobody',
    });
    expect(told.requestId).toBe(response.headers.get('x-request-id'));
  });

  it('is a text under /v2', async () => {
    const response = await openDoor().app.request('/v2/models/nobody', { headers: admin });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/^MODEL_NOT_FOUND: /) as string });
  });

  it('keeps to itself what is not meant to travel, and logs it', async () => {
    const log = collectingLog();
    const door = openDoor({ log });
    door.infer = () => Promise.reject(new TypeError('the secret is 42'));
    const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] });
    const response = await door.app.request('/v2/models/digits/infer', { method: 'POST', headers: admin, body });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('42');
    expect(JSON.stringify(log.entries)).toContain('the secret is 42');
  });

  it('says how to sign in, and when to come back', async () => {
    const door = openDoor();
    const closed = await door.app.request('/api/v1/nodes');
    expect(closed.headers.get('www-authenticate')).toContain('Bearer');
    door.infer = () => Promise.reject(new SedgeError('QUEUE_FULL', 'full'));
    const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] });
    const busy = await door.app.request('/v2/models/digits/infer', { method: 'POST', headers: admin, body });
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it.each([
    '/api/v1/nothing',
    '/api/v2/nodes',
    '/v2/models',
    '/nothing',
    '/page/../package.json',
    '/page/other.js',
    '/api',
  ])('is 404 at %s', async (path) => {
    const response = await openDoor().app.request(path, { headers: admin });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('json');
  });

  it.each([
    ['PUT', '/api/v1/nodes', 'GET, HEAD'],
    ['GET', '/api/v1/enrol', 'POST'],
    ['POST', '/', 'GET, HEAD'],
    ['DELETE', '/api/v1/blobs/x', 'PUT, GET, HEAD'],
    ['GET', '/v2/models/digits/infer', 'POST'],
  ])('is 405 for %s %s', async (method, path, allow) => {
    const response = await openDoor().app.request(path, { method, headers: admin });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  });
});
