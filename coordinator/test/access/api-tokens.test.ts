import { issueNodeToken, limits, type NodeId, type TokenId } from '@sedge/protocol';
import { nodeCrypto } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { enrolNode, openHouse } from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('ApiTokens', () => {
  it('makes an admin token at the first start, and none at the second', async () => {
    await using folder = await temporaryFolder();
    const first = await openHouse(folder.path);
    expect(first.adminToken).toMatch(/^sedge_[A-Za-z0-9_-]{43}$/);
    await first.stop();
    await using second = await openHouse(folder.path);
    expect(second.adminToken).toBeUndefined();
    expect(second.rooms.authenticate(first.adminToken ?? '')).toMatchObject({ kind: 'person', roles: ['admin'] });
  });

  it('stores only the hash of a token', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const [stored] = await house.state.store.access.loadApiTokens();
    expect(stored?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(stored)).not.toContain(house.adminToken?.slice('sedge_'.length));
  });

  it('refuses a token that nobody has, one that has expired, and one that was revoked', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { apiTokens, authenticate } = house.rooms;
    const unknown = `sedge_${'x'.repeat(43)}`;
    expect(() => authenticate(unknown)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));

    const expiresAt = new Date(house.clock.now() + 1_000).toISOString();
    const { token } = await apiTokens.create({ name: 'short', roles: ['viewer'], expiresAt });
    expect(authenticate(token)).toMatchObject({ name: 'short', roles: ['viewer'] });
    await house.clock.advance(1_000);
    expect(() => authenticate(token)).toThrow(expect.objectContaining({ code: 'TOKEN_EXPIRED' }));

    const ended = await apiTokens.create({ name: 'ended', roles: ['app'] });
    await apiTokens.revoke(ended.info.id);
    expect(() => authenticate(ended.token)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    await expect(apiTokens.revoke('tok-unknown' as TokenId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('keeps revoked tokens revoked after a restart, even if no other is left', async () => {
    await using folder = await temporaryFolder();
    const first = await openHouse(folder.path);
    const [admin] = first.rooms.apiTokens.list();
    if (admin === undefined) throw new Error('the first start makes an admin token');
    await first.rooms.apiTokens.revoke(admin.id);
    await first.stop();
    await using second = await openHouse(folder.path);
    expect(second.adminToken).toBeUndefined();
    expect(second.rooms.apiTokens.list()).toEqual([]);
  });
});

describe('authenticate, for nodes', () => {
  it('takes the token of an enrolled node and refuses it once the node is removed', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { authenticate, fleet, identity } = house.rooms;
    const { id, key } = await enrolNode(house.rooms);
    const tokenAt = (nowMs: number): string =>
      issueNodeToken(nodeCrypto, { node: id, coordinator: identity.keyId, key, nowMs });
    expect(authenticate(tokenAt(house.clock.now()))).toEqual({ kind: 'node', node: id });

    const old = tokenAt(house.clock.now());
    await house.clock.advance(limits.brokerTokenLifetimeMs + limits.clockSkewMs + 1_000);
    expect(() => authenticate(old)).toThrow(expect.objectContaining({ code: 'TOKEN_EXPIRED' }));

    await fleet.remove(id);
    const fresh = tokenAt(house.clock.now());
    expect(() => authenticate(fresh)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });

  it('refuses a token that another key signed', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { authenticate, identity } = house.rooms;
    const { id } = await enrolNode(house.rooms);
    const forged = issueNodeToken(nodeCrypto, {
      node: id satisfies NodeId,
      coordinator: identity.keyId,
      key: nodeCrypto.generateKeyPair(),
      nowMs: house.clock.now(),
    });
    expect(() => authenticate(forged)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    expect(() => authenticate('no token at all')).toThrow(expect.objectContaining({ code: 'TOKEN_MALFORMED' }));
  });
});
