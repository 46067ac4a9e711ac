import {
  type BootId,
  type DatasetName,
  decodeSigned,
  channels,
  keyIdOf,
  type ModelName,
  type NodeId,
} from '@sedge/protocol';
import { nodeView } from '@sedge/protocol/routes';
import { nodeCrypto } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { birthOf, BOOT, digits, heartbeatOf, stateOf } from '../support/agent-words.ts';
import { enrolNode, type House, openHouse, topicPrefixOf } from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const NEXT_BOOT = 'boot-2' as BootId;

/** A node that is connected, has version 1 ready and holds one data set. */
async function connectedNode(house: House, name?: string): Promise<NodeId> {
  const { id } = await enrolNode(house.rooms, name);
  house.rooms.fleet.onState(id, stateOf());
  house.rooms.fleet.onBirth(id, birthOf({ models: [{ ...digits(1), state: 'ready', engine: 'onnx-web' }] }));
  return id;
}

describe('Fleet', () => {
  it('shows a node as enrolled, online and offline', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { fleet } = house.rooms;
    const { id } = await enrolNode(house.rooms, 'pi-7');
    fleet.onState(id, stateOf());
    expect(fleet.get('pi-7').status).toBe('enrolled');
    fleet.onBirth(id, birthOf());
    expect(nodeView.parse(fleet.get(id))).toMatchObject({ status: 'online', lastSeenAt: '2026-01-01T00:00:00.000Z' });
    fleet.onState(id, stateOf({ online: false }));
    expect(fleet.get(id).status).toBe('offline');
    expect(fleet.counts()).toEqual({ enrolled: 0, online: 0, offline: 1 });
  });

  it('gives up a node that is silent for longer than the patience, and tells so once', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { fleet } = house.rooms;
    const gone: NodeId[] = [];
    fleet.onOffline((node) => gone.push(node));
    const id = await connectedNode(house);
    await house.clock.advance(15_000);
    expect(fleet.isOnline(id)).toBe(true);
    await house.clock.advance(30_000);
    expect(fleet.isOnline(id)).toBe(false);
    expect(gone).toEqual([id]);
    fleet.onHeartbeat(id, heartbeatOf(0));
    expect(fleet.isOnline(id)).toBe(true);
  });

  it('offers only connected nodes that are ready for placement', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { fleet } = house.rooms;
    const [first, second] = [await connectedNode(house), await connectedNode(house)];
    expect([...fleet.readyNodes(digits(1))].toSorted()).toEqual([first, second].toSorted());
    fleet.onState(first, stateOf({ online: false }));
    expect(fleet.readyNodes(digits(1))).toEqual([second]);
    fleet.onHeartbeat(
      second,
      heartbeatOf(0, {
        models: [
          { ...digits(1), state: 'failed' },
          { ...digits(2), state: 'ready' },
        ],
      }),
    );
    expect(fleet.readyNodes(digits(1))).toEqual([]);
    expect(fleet.readyVersions('digits' as ModelName)).toEqual([2]);
    expect(fleet.countReady(digits(2))).toBe(1);
  });

  it('tells of a node that takes no work, and when it does again', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { fleet } = house.rooms;
    const id = await connectedNode(house);
    const recovered: NodeId[] = [];
    fleet.onRecovered((node) => recovered.push(node));
    fleet.onHeartbeat(id, heartbeatOf(0, { shedding: 'hot' }));
    expect(fleet.isShedding(id)).toBe(true);
    expect(fleet.get(id)).toMatchObject({ shedding: 'hot', status: 'online' });
    expect(recovered).toEqual([]);
    fleet.onHeartbeat(id, heartbeatOf(1));
    expect(fleet.isShedding(id)).toBe(false);
    expect(recovered).toEqual([id]);
  });

  it('expects nothing of a node whose agent was started anew, until it speaks', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { fleet } = house.rooms;
    const id = await connectedNode(house);
    const gone: NodeId[] = [];
    fleet.onOffline((node) => gone.push(node));
    fleet.onState(id, stateOf({ boot: NEXT_BOOT, at: 2 }));
    expect(gone).toEqual([id]);
    expect(fleet.isOnline(id)).toBe(true);
    expect(fleet.readyNodes(digits(1))).toEqual([]);
    expect(fleet.nodesHolding('digits' as DatasetName)).toEqual([id]);
  });

  it('keeps engine and error of a model while its state is the same', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { fleet } = house.rooms;
    const id = await connectedNode(house);
    fleet.onHeartbeat(id, heartbeatOf(0, { models: [{ ...digits(1), state: 'ready' }] }));
    expect(fleet.statusOfModel(id, digits(1))).toEqual({ ...digits(1), state: 'ready', engine: 'onnx-web' });
    fleet.onReportedTwin(id, { boot: BOOT, version: 3, at: 5, models: [{ ...digits(1), state: 'loading' }] });
    expect(fleet.get(id)).toMatchObject({ twin: { reported: 3 }, models: [{ ...digits(1), state: 'loading' }] });
  });

  it('tells of real changes only: a hundred like heartbeats are no event', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { fleet, events } = house.rooms;
    const id = await connectedNode(house);
    const kinds: string[] = [];
    events.listen((_, kind) => kinds.push(kind));
    for (let seq = 0; seq < 100; seq += 1) {
      fleet.onHeartbeat(
        id,
        heartbeatOf(seq, { models: [{ ...digits(1), state: 'ready' }], queue: { inference: seq, training: 0 } }),
      );
    }
    expect(kinds).toEqual([]);
    fleet.onHeartbeat(id, heartbeatOf(100));
    expect(kinds).toEqual(['node.changed']);
    expect(fleet.get(id).queue).toEqual({ inference: 0, training: 0 });
  });

  it('writes many heartbeats in one transaction every few seconds', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { fleet } = house.rooms;
    const nodes = [await connectedNode(house), await connectedNode(house), await connectedNode(house)];
    const { store } = house.state;
    const batches: number[] = [];
    const saveReports = store.fleet.saveReports.bind(store.fleet);
    store.fleet.saveReports = (reports) => {
      batches.push(reports.length);
      return saveReports(reports);
    };
    for (let seq = 0; seq < 50; seq += 1) for (const node of nodes) fleet.onHeartbeat(node, heartbeatOf(seq));
    await house.clock.advance(3_000);
    await fleet.flush();
    await house.clock.advance(9_000);
    await fleet.flush();
    expect(batches).toEqual([3]);
  });

  it('tries again what could not be written', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const id = await connectedNode(house);
    const { store } = house.state;
    const saveReports = store.fleet.saveReports.bind(store.fleet);
    store.fleet.saveReports = () => Promise.reject(new Error('the disk is full'));
    await house.rooms.fleet.flush();
    expect(house.log.messages('error')).toEqual(['reports of nodes could not be stored']);
    store.fleet.saveReports = saveReports;
    await house.rooms.fleet.flush();
    expect(await store.fleet.loadReports()).toMatchObject([{ node: id, wasBorn: true }]);
  });

  it('asks for a birth after a gap, by a command that the coordinator signed', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { fleet } = house.rooms;
    const id = await connectedNode(house);
    const wanted: NodeId[] = [];
    fleet.onBirthWanted((node) => wanted.push(node));
    fleet.onHeartbeat(id, heartbeatOf(0));
    fleet.onHeartbeat(id, heartbeatOf(2));
    expect(wanted).toEqual([id]);

    const { commands, identity } = house.rooms;
    const prefix = topicPrefixOf(house.rooms, id);
    await commands.tell(id, { name: 'rebirth' });
    const sent = house.published.filter(({ topic }) => topic.includes('/cmd/'));
    const [message] = sent;
    expect(message?.topic).toMatch(new RegExp(`^${prefix}/down/cmd/rebirth/cmd-`));
    const command = decodeSigned(nodeCrypto, channels.command, message?.payload ?? new Uint8Array(), (key) =>
      key === keyIdOf(nodeCrypto, identity.key.publicKey) ? identity.key.publicKey : undefined,
    );
    expect(command).toMatchObject({ name: 'rebirth', expiresAt: house.clock.now() + 30_000 });
  });

  it('renames a node, and keeps the name and the labels after a restart', async () => {
    await using folder = await temporaryFolder();
    const first = await openHouse(folder.path);
    const { id } = await enrolNode(first.rooms, 'pi-7');
    await enrolNode(first.rooms, 'pi-8');
    await expect(first.rooms.fleet.update(id, { name: 'pi-8' })).rejects.toMatchObject({ code: 'NODE_NAME_TAKEN' });
    await first.rooms.fleet.update('pi-7', { name: 'roof', labels: { site: 'north' } });
    expect(() => first.rooms.fleet.get('pi-7')).toThrow(expect.objectContaining({ code: 'NODE_NOT_FOUND' }));
    await enrolNode(first.rooms, 'pi-7');
    await first.stop();
    await using second = await openHouse(folder.path);
    expect(second.rooms.fleet.get('roof')).toMatchObject({ id, labels: { site: 'north' } });
  });

  it('forgets a removed node for good: key, report and name', async () => {
    await using folder = await temporaryFolder();
    const first = await openHouse(folder.path);
    const id = await connectedNode(first, 'pi-7');
    await first.rooms.fleet.flush();
    const gone: NodeId[] = [];
    first.rooms.fleet.onOffline((node) => gone.push(node));
    await first.rooms.fleet.remove('pi-7');
    expect(gone).toEqual([id]);
    expect(first.rooms.fleet.keyOf(id)).toBeUndefined();
    expect(first.rooms.fleet.readyNodes(digits(1))).toEqual([]);
    first.rooms.fleet.onHeartbeat(id, heartbeatOf(5));
    await expect(first.rooms.fleet.remove('pi-7')).rejects.toMatchObject({ code: 'NODE_NOT_FOUND' });
    await first.stop();
    await using second = await openHouse(folder.path);
    expect(second.rooms.fleet.list({ limit: 10 })).toEqual([]);
    expect(await second.state.store.fleet.loadReports()).toEqual([]);
    expect((await second.rooms.ledger.list(10)).map(({ kind }) => kind)).toContain('node.removed');
  });

  it('knows after a restart what nodes were, and takes all for offline until heard', async () => {
    await using folder = await temporaryFolder();
    const first = await openHouse(folder.path);
    const id = await connectedNode(first, 'pi-7');
    await first.stop();
    await using second = await openHouse(folder.path);
    const { fleet } = second.rooms;
    expect(fleet.get('pi-7')).toMatchObject({ id, status: 'offline', agent: '0.1.0', platform: { arch: 'arm64' } });
    expect(fleet.readyNodes(digits(1))).toEqual([]);
    const wanted: NodeId[] = [];
    fleet.onBirthWanted((node) => wanted.push(node));
    fleet.onHeartbeat(id, heartbeatOf(41, { models: [{ ...digits(1), state: 'ready' }] }));
    expect(fleet.readyNodes(digits(1))).toEqual([id]);
    expect(wanted).toEqual([id]);
  });

  it('pages by id and filters by status', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { fleet } = house.rooms;
    const ids = [await connectedNode(house), await connectedNode(house), (await enrolNode(house.rooms)).id].toSorted();
    const [first] = fleet.list({ limit: 1 });
    expect(first?.id).toBe(ids[0]);
    expect(fleet.list({ limit: 10, after: first?.id }).map(({ id }) => id)).toEqual(ids.slice(1));
    expect(fleet.list({ limit: 10, status: 'online' })).toHaveLength(2);
  });
});
