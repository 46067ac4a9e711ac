import { ENROLMENT, limits, openEnvelope, peekPayload, toBase64 } from '@sedge/protocol';
import { nodeCrypto } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { enrolmentRequestOf, enrolNode, openHouse, trustedPublisher } from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const key = nodeCrypto.generateKeyPair();

describe('Enrolments', () => {
  it('answers with an identity that the coordinator signed, and publishers to pin', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const publisher = await trustedPublisher(house.rooms);
    const [made] = await house.rooms.enrolmentTokens.create(1);
    const answer = await house.rooms.enrolments.enrol(enrolmentRequestOf(made?.token ?? '', key, 'pi-7'));
    const { identity } = house.rooms;
    const { payload } = openEnvelope(nodeCrypto, ENROLMENT, answer, (id) =>
      id === identity.keyId ? identity.key.publicKey : undefined,
    );
    expect(payload).toMatchObject({ name: 'pi-7', project: 'default', mqttUrl: 'mqtt://127.0.0.1:1883' });
    expect(payload.publishers).toEqual([{ name: 'lab', publicKey: toBase64(publisher.publicKey) }]);
    expect(house.rooms.fleet.get('pi-7')).toMatchObject({ id: payload.node, status: 'enrolled' });
    expect(house.rooms.fleet.keyOf(payload.node)).toEqual(key.publicKey);
  });

  it('lets one of 20 win that use the same token at once, and refuses the others with TOKEN_USED', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const [made] = await house.rooms.enrolmentTokens.create(1);
    const attempts = Array.from({ length: 20 }, () =>
      house.rooms.enrolments.enrol(enrolmentRequestOf(made?.token ?? '', nodeCrypto.generateKeyPair())),
    );
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'TOKEN_USED' });
    }
    expect(house.rooms.fleet.list({ limit: 100 })).toHaveLength(1);
  });

  it('refuses in the store, too, a token that was used meanwhile', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const [made] = await house.rooms.enrolmentTokens.create(1);
    const { secret } = enrolmentRequestOf(made?.token ?? '', key);
    const token = await house.rooms.enrolmentTokens.check(secret);
    const { id } = await enrolNode(house.rooms);
    const [record] = house.rooms.fleet.records();
    if (record === undefined) throw new Error('the node was enrolled');
    const first = { ...record, id: `${id}-a` as typeof id, name: 'a' };
    const second = { ...record, id: `${id}-b` as typeof id, name: 'b' };
    const outcomes = await Promise.allSettled([
      house.state.store.access.enrolNode(token, first),
      house.state.store.access.enrolNode(token, second),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((await house.state.store.fleet.loadNodes()).map(({ name }) => name)).not.toContain('b');
  });

  it('refuses an unknown secret with TOKEN_UNKNOWN and a late one with TOKEN_EXPIRED', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const [made] = await house.rooms.enrolmentTokens.create(1);
    const request = enrolmentRequestOf(made?.token ?? '', key);
    const other = { ...request, secret: 'A'.repeat(43) };
    await expect(house.rooms.enrolments.enrol(other)).rejects.toMatchObject({ code: 'TOKEN_UNKNOWN' });
    await house.clock.advance(limits.enrolmentTokenLifetimeMs);
    await expect(house.rooms.enrolments.enrol(request)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  it('does not burn the token with a wrong proof or a name that is taken', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    await enrolNode(house.rooms, 'pi-7');
    const [made] = await house.rooms.enrolmentTokens.create(1);
    const request = enrolmentRequestOf(made?.token ?? '', key);
    const forged = { ...request, proof: toBase64(new Uint8Array(64)) };
    await expect(house.rooms.enrolments.enrol(forged)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    const taken = { ...request, name: 'pi-7' };
    await expect(house.rooms.enrolments.enrol(taken)).rejects.toMatchObject({ code: 'NODE_NAME_TAKEN' });
    const answer = await house.rooms.enrolments.enrol(request);
    expect(peekPayload(ENROLMENT, answer).node).toMatch(/^node-/);
  });

  it('writes the ledger before the node is known', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const kinds: unknown[] = [];
    house.rooms.events.listen(({ data }, kind) => kinds.push([kind, data['kind']]));
    await enrolNode(house.rooms, 'pi-7');
    expect(kinds).toEqual([
      ['ledger.appended', 'node.enrolled'],
      ['node.enrolled', undefined],
    ]);
  });

  it('shows used tokens without their secrets', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const node = await enrolNode(house.rooms);
    const [used] = await house.rooms.enrolmentTokens.list(10);
    expect(used).toMatchObject({ node: node.id, usedAt: '2026-01-01T00:00:00.000Z' });
    expect(Object.keys(used ?? {}).toSorted()).toEqual(['createdAt', 'expiresAt', 'id', 'node', 'usedAt']);
  });
});
