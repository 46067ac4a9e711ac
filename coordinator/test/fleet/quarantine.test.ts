import { channels, decodeSigned, type BootId, type ModelStatus, type NodeId, type RequestId } from '@sedge/protocol';
import { nodeCrypto } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { birthOf, BOOT, digits, heartbeatOf, stateOf } from '../support/agent-words.ts';
import { enrolNode, type House, openHouse } from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ready: ModelStatus = { ...digits(1), state: 'ready', engine: 'component' };
const quarantined: ModelStatus = {
  ...digits(1),
  state: 'failed',
  error: { code: 'MODEL_QUARANTINED', detail: '3 crashes, the last one MODEL_TIMEOUT' },
};

/** What was told of quarantines since the house was opened. */
function toldBy(house: House): string[] {
  const told: string[] = [];
  house.rooms.events.listen(({ subject, data }, kind) => {
    if (kind.startsWith('model.')) told.push(`${kind} ${String(data['name'])} ${subject}`);
  });
  return told;
}

async function nodeWith(house: House, model: ModelStatus, name = 'roof'): Promise<NodeId> {
  const { id } = await enrolNode(house.rooms, name);
  house.rooms.fleet.onState(id, stateOf());
  house.rooms.fleet.onBirth(id, birthOf({ models: [model] }));
  return id;
}

function report(house: House, node: NodeId, models: ModelStatus[], boot = BOOT): void {
  house.rooms.fleet.onReportedTwin(node, { boot, version: 1, at: 1, models });
}

/** The command that the node was told last, checked as a node checks it. */
function lastCommand({ published, rooms: { identity } }: House) {
  const message = published.findLast(({ topic }) => topic.includes('/down/cmd/'));
  return decodeSigned(nodeCrypto, channels.command, message?.payload ?? new Uint8Array(), (key) =>
    key === identity.keyId ? identity.key.publicKey : undefined,
  );
}

/** Until what was set off has come as far as it can without an answer. */
async function asked(house: House): Promise<RequestId> {
  await expect.poll(() => house.published.some(({ topic }) => topic.includes('/cmd/release/'))).toBe(true);
  return lastCommand(house).id;
}

describe('a model that a node keeps from running', () => {
  it('is told once, counted, and told again when it runs', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const told = toldBy(house);
    const node = await nodeWith(house, ready);
    expect(house.rooms.fleet.quarantined()).toEqual({});
    report(house, node, [quarantined]);
    report(house, node, [quarantined]);
    house.rooms.fleet.onHeartbeat(node, heartbeatOf(1, { models: [{ ...digits(1), state: 'failed' }] }));
    expect(told).toEqual([`model.quarantined roof ${node}`]);
    expect(house.rooms.fleet.quarantined()).toEqual({ roof: 1 });
    report(house, node, [{ ...digits(1), state: 'loading' }]);
    report(house, node, [ready]);
    expect(told.slice(1)).toEqual([`model.released roof ${node}`]);
    expect(house.rooms.fleet.quarantined()).toEqual({});
  });

  it('was not released because its agent starts anew, or because it is wanted no longer', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const node = await nodeWith(house, quarantined);
    const told = toldBy(house);
    const boot = 'boot-2' as BootId;
    house.rooms.fleet.onState(node, stateOf({ boot }));
    house.rooms.fleet.onBirth(node, birthOf({ boot, models: [quarantined] }));
    report(house, node, [], boot);
    expect(told).toEqual([]);
  });

  it('is let go by a signed command, after the ledger has it, and answered when the node has done so', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const node = await nodeWith(house, quarantined);
    const { commands, releaseModel, ledger } = house.rooms;
    const released = releaseModel('roof', digits(1));
    const id = await asked(house);
    expect(lastCommand(house)).toMatchObject({ name: 'release', model: digits(1) });
    expect((await ledger.list(50)).at(-1)).toMatchObject({
      kind: 'model.released',
      body: { node, model: digits(1) },
    });
    commands.onAccepted('node-other' as NodeId, id);
    commands.onAccepted(node, id);
    await expect(released).resolves.toEqual({ node, model: digits(1) });
  });

  it('stays when the node refuses, leaves or says nothing', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const node = await nodeWith(house, quarantined);
    const { commands, releaseModel } = house.rooms;
    const refused = releaseModel('roof', digits(1));
    commands.onRejected(node, await asked(house), 'MODEL_NOT_QUARANTINED');
    await expect(refused).rejects.toMatchObject({ code: 'MODEL_NOT_QUARANTINED' });
    house.published.length = 0;
    const left = releaseModel('roof', digits(1));
    await asked(house);
    commands.onOffline(node);
    await expect(left).rejects.toMatchObject({ code: 'NODE_LOST' });
    house.published.length = 0;
    const silent = releaseModel('roof', digits(1)).catch((error: unknown) => error);
    await asked(house);
    await house.clock.advance(30_000);
    expect(await silent).toMatchObject({ code: 'NODE_LOST' });
  });

  it('cannot be let go where it is not in quarantine, nor while its node is away', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const node = await nodeWith(house, quarantined);
    const { releaseModel, fleet } = house.rooms;
    await expect(releaseModel('cellar', digits(1))).rejects.toMatchObject({ code: 'NODE_NOT_FOUND' });
    await expect(releaseModel('roof', digits(2))).rejects.toMatchObject({ code: 'MODEL_NOT_QUARANTINED' });
    fleet.onState(node, stateOf({ online: false }));
    await expect(releaseModel('roof', digits(1))).rejects.toMatchObject({ code: 'NODE_OFFLINE' });
    expect((await house.rooms.ledger.list(50)).map(({ kind }) => kind)).not.toContain('model.released');
  });
});

describe('a pull', () => {
  it('is told as it goes on, but not with each of its reports', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const node = await nodeWith(house, { ...digits(1), state: 'pending' });
    const told: unknown[] = [];
    house.rooms.events.listen(({ data }, kind) => kind === 'node.changed' && told.push(data['models']));
    for (let second = 0; second <= 10; second += 1) {
      const progress = { doneBytes: 100 * second, totalBytes: 1_000 };
      report(house, node, [{ ...digits(1), state: 'pulling', progress }]);
      await house.clock.advance(1_000);
    }
    // With the change of state, then every 5 s.
    expect(told).toHaveLength(3);
    expect(told.at(-1)).toMatchObject([{ progress: { doneBytes: 1_000 } }]);
    expect(house.rooms.fleet.get(node).models[0]?.progress?.doneBytes).toBe(1_000);
  });
});
