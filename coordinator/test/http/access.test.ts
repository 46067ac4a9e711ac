import { ROLES } from '@sedge/protocol';
import { type Route, routes } from '@sedge/protocol/routes';
import { describe, expect, it } from 'vitest';
import { bearer, NODE_TOKEN, openDoor, tokenOf } from './fake-rooms.ts';
import { staticFiles } from '../../src/http/static-files.ts';

const table = Object.entries(routes) as [string, Route][];
const address = (path: string): string => path.replaceAll(/\{(\w+)\}/g, 'x');
const guarded = table.filter(([, { access }]) => !('public' in access));
const open = table.filter(([, { access }]) => 'public' in access);

async function statusOf({ method, path }: Route, headers: Record<string, string>): Promise<number> {
  const response = await openDoor().app.request(address(path), { method, headers });
  await response.body?.cancel();
  return response.status;
}

describe('the door', () => {
  it('has every declared route, and nothing else but the files of its pages', () => {
    const mounted = openDoor().app.routes.filter(({ method }) => method !== 'ALL');
    const declared = table.map(([, { method, path }]) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
    const files = [...staticFiles.keys()].map((path) => `GET ${path}`);
    expect(new Set(mounted.map(({ method, path }) => `${method} ${path}`))).toEqual(new Set([...declared, ...files]));
  });
});

describe('a guarded route', () => {
  it.each(guarded)('%s is closed without a token, and to tokens that nobody has', async (_, declared) => {
    for (const headers of [{}, bearer('sedge_wrong'), bearer('a.b.c'), { authorization: 'Basic YWRtaW46YWRtaW4=' }]) {
      expect(await statusOf(declared, headers)).toBe(401);
    }
    expect(await statusOf(declared, bearer('x'.repeat(5_000)))).toBe(401);
  });

  it.each(guarded)('%s is open to the roles that it declares and closed to others', async (_, declared) => {
    const allowed = 'roles' in declared.access ? declared.access.roles : [];
    for (const role of ROLES) {
      const status = await statusOf(declared, bearer(tokenOf(role)));
      if (allowed.includes(role)) expect([401, 403]).not.toContain(status);
      else expect(status).toBe(403);
    }
  });

  it.each(guarded)('%s is open to nodes only where it says so', async (_, declared) => {
    const status = await statusOf(declared, bearer(NODE_TOKEN));
    if ('nodes' in declared.access) expect([401, 403]).not.toContain(status);
    else expect(status).toBe(403);
  });
});

describe('a public route', () => {
  it.each(open)('%s needs no token, and does not look at a wrong one', async (_, declared) => {
    for (const headers of [{}, bearer('sedge_wrong')])
      expect([401, 403]).not.toContain(await statusOf(declared, headers));
  });
});
