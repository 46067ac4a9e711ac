import {
  channels,
  decodeSigned,
  type DeploymentId,
  type DesiredTwin,
  type KeyPair,
  MANIFEST,
  type NodeId,
  openSignedModel,
  peekPayload,
  trustedPublishers,
  toBase64,
} from '@sedge/protocol';
import { deploymentView } from '@sedge/protocol/routes';
import { nodeCrypto } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { birthOf, digits } from '../support/agent-words.ts';
import {
  enrolNode,
  type House,
  openHouse,
  sealManifest,
  signedModel,
  topicPrefixOf,
  trustedPublisher,
} from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function publishVersions(house: House, ...versions: number[]): Promise<KeyPair> {
  const publisher = await trustedPublisher(house.rooms);
  for (const version of versions)
    await house.rooms.models.publish(await signedModel(house.rooms, publisher, { version }));
  return publisher;
}

async function connect(house: House, name?: string): Promise<NodeId> {
  const { id } = await enrolNode(house.rooms, name);
  house.rooms.fleet.onBirth(id, birthOf());
  return id;
}

/** The version of the format, as every exporter writes it first: what publishing looks at. */
const ONNX_BYTES = Uint8Array.of(0x08, 8);

/** What a node was told since the last time, checked as a node checks it. */
function twinsFor(house: House, node: NodeId): DesiredTwin[] {
  const { identity } = house.rooms;
  const topic = `${topicPrefixOf(house.rooms, node)}/down/twin`;
  const heard = house.published.filter((message) => message.topic === topic);
  for (const message of heard) house.published.splice(house.published.indexOf(message), 1);
  return heard.map(({ payload }) =>
    decodeSigned(nodeCrypto, channels.desiredTwin, payload, (id) =>
      id === identity.keyId ? identity.key.publicKey : undefined,
    ),
  );
}

/** Waits for everything that was set off in the background. */
async function settled({ rooms }: House): Promise<void> {
  const idle = rooms.rollouts.create({ model: digits(9_999), selector: 'all' });
  await expect(idle).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
}

function versionsOf({ models }: DesiredTwin): number[] {
  return models.map(({ manifest }) => peekPayload(MANIFEST, manifest).version);
}

describe('Rollouts', () => {
  it('tells connected nodes by a signed twin with the signed manifests', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const publisher = await publishVersions(house, 1);
    const node = await connect(house, 'roof');
    await settled(house);
    twinsFor(house, node);
    const view = await house.rooms.rollouts.create({ model: digits(1), selector: { nodes: ['roof'] } });
    expect(deploymentView.parse(view).nodes).toEqual([{ node, name: 'roof', online: true }]);
    const [twin] = twinsFor(house, node);
    expect(twin?.version).toBe(1);
    const pinned = trustedPublishers(nodeCrypto, [{ name: 'lab', publicKey: toBase64(publisher.publicKey) }]);
    const [model] = twin?.models ?? [];
    if (model === undefined) throw new Error('the twin has a model');
    expect(openSignedModel(nodeCrypto, model, pinned)).toMatchObject(digits(1));
    expect(house.rooms.fleet.get(node).twin).toEqual({ desired: 1 });
  });

  it('counts the version of a twin up only when something changed for that node', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    await publishVersions(house, 1, 2);
    const [roof, cellar] = [await connect(house, 'roof'), await connect(house, 'cellar')];
    const { rollouts, fleet } = house.rooms;
    await rollouts.create({ model: digits(1), selector: 'all' });
    const second = await rollouts.create({ model: digits(1), selector: { nodes: ['roof'] } });
    const third = await rollouts.create({ model: digits(2), selector: { nodes: ['roof'] } });
    expect([fleet.get(roof).twin.desired, fleet.get(cellar).twin.desired]).toEqual([2, 1]);
    await rollouts.delete(second.id);
    expect(fleet.get(roof).twin.desired).toBe(2);
    await rollouts.delete(third.id);
    expect([fleet.get(roof).twin.desired, fleet.get(cellar).twin.desired]).toEqual([3, 1]);
    expect(twinsFor(house, roof).map(versionsOf).at(-1)).toEqual([1]);
  });

  it('sends the twin of today on every birth, with the same version', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    await publishVersions(house, 1);
    await house.rooms.rollouts.create({ model: digits(1), selector: 'all' });
    const node = await connect(house);
    await settled(house);
    house.rooms.fleet.onBirth(node, birthOf());
    await settled(house);
    const twins = twinsFor(house, node);
    expect(twins.length).toBeGreaterThanOrEqual(2);
    expect(twins.slice(-2).map(({ version }) => version)).toEqual([1, 1]);
  });

  it('gives nodes that come later what fits them, and takes it when the label goes', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    await publishVersions(house, 1);
    const deployment = await house.rooms.rollouts.create({ model: digits(1), selector: { labels: { site: 'north' } } });
    const node = await connect(house, 'roof');
    await settled(house);
    expect(twinsFor(house, node).flatMap(versionsOf)).toEqual([]);
    await house.rooms.fleet.update('roof', { labels: { site: 'north' } });
    await settled(house);
    expect(twinsFor(house, node).map(versionsOf)).toEqual([[1]]);
    expect(house.rooms.rollouts.get(deployment.id).nodes).toHaveLength(1);
    await house.rooms.fleet.update('roof', { labels: {} });
    await settled(house);
    expect(twinsFor(house, node).map(versionsOf)).toEqual([[]]);
  });

  it('sends nothing to a node that is away', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    await publishVersions(house, 1);
    const { id } = await enrolNode(house.rooms);
    await house.rooms.rollouts.create({ model: digits(1), selector: 'all' });
    expect(twinsFor(house, id)).toEqual([]);
    expect(house.rooms.fleet.get(id).twin.desired).toBe(1);
  });

  it('refuses an unknown model, node and deployment, and writes nothing', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    await publishVersions(house, 1);
    const { rollouts } = house.rooms;
    await expect(rollouts.create({ model: digits(2), selector: 'all' })).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
    const nowhere = { model: digits(1), selector: { nodes: ['nowhere'] } };
    await expect(rollouts.create(nowhere)).rejects.toMatchObject({ code: 'NODE_NOT_FOUND' });
    await expect(rollouts.delete('dep-unknown')).rejects.toMatchObject({ code: 'DEPLOYMENT_NOT_FOUND' });
    const kinds = (await house.rooms.ledger.list(50)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind.startsWith('deployment.'))).toEqual([]);
  });

  it('keeps a deployed version from being deleted', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    await publishVersions(house, 1);
    const { rollouts, models } = house.rooms;
    models.addUse(rollouts.useOf);
    const { id } = await rollouts.create({ model: digits(1), selector: 'all' });
    await expect(models.delete(digits(1))).rejects.toMatchObject({ code: 'MODEL_IN_USE' });
    await rollouts.delete(id);
    await models.delete(digits(1));
  });

  it('refuses the 65th model of a node with PAYLOAD_TOO_LARGE', async () => {
    await using folder = await temporaryFolder();
    const first = await openHouse(folder.path);
    await publishVersions(first, 65);
    await enrolNode(first.rooms);
    for (let version = 1; version <= 64; version += 1) {
      const id = `dep-${version}` as DeploymentId;
      await first.state.store.rollouts.addDeployment({ id, model: digits(version), selector: 'all', createdAtMs: 0 });
    }
    await first.stop();
    await using second = await openHouse(folder.path);
    const last = second.rooms.rollouts.create({ model: digits(65), selector: 'all' });
    await expect(last).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('refuses models whose manifests do not go into one message with PAYLOAD_TOO_LARGE', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const publisher = await trustedPublisher(house.rooms);
    const labels = Array.from({ length: 500 }, () => 'x'.repeat(200));
    for (const version of [1, 2]) {
      await house.rooms.models.publish(await signedModel(house.rooms, publisher, { version, labels }));
    }
    await enrolNode(house.rooms);
    await house.rooms.rollouts.create({ model: digits(1), selector: 'all' });
    const second = house.rooms.rollouts.create({ model: digits(2), selector: 'all' });
    await expect(second).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('tells the engine that a deployment pins, and a new twin when it changes', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const publisher = await trustedPublisher(house.rooms);
    const artifact = await house.rooms.blobs.add([ONNX_BYTES]);
    await house.rooms.models.publish({ manifest: sealManifest(publisher, { artifact, format: 'onnx' }) });
    const { rollouts, fleet } = house.rooms;
    const [roof, cellar] = [await connect(house, 'roof'), await connect(house, 'cellar')];
    await rollouts.create({ model: digits(1), selector: 'all' });
    const selector = { nodes: ['roof'] };
    const pinned = await rollouts.create({ model: digits(1), selector, engine: 'onnx-node' });
    expect(pinned.engine).toBe('onnx-node');
    expect(twinsFor(house, roof).at(-1)?.pins).toEqual([{ model: digits(1), engine: 'onnx-node' }]);
    expect(twinsFor(house, cellar).at(-1)?.pins).toBeUndefined();
    expect([fleet.get(roof).twin.desired, fleet.get(cellar).twin.desired]).toEqual([2, 1]);
    await rollouts.delete(pinned.id);
    expect(twinsFor(house, roof).at(-1)).toMatchObject({ version: 3, models: [{}] });
    expect(fleet.get(roof).twin.desired).toBe(3);
  });

  it('refuses a pin that another deployment contradicts, and an engine for other models', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const publisher = await trustedPublisher(house.rooms);
    const artifact = await house.rooms.blobs.add([ONNX_BYTES]);
    await house.rooms.models.publish({ manifest: sealManifest(publisher, { artifact, format: 'onnx' }) });
    const { rollouts } = house.rooms;
    await rollouts.create({ model: digits(1), selector: 'all', engine: 'onnx-web' });
    await rollouts.create({ model: digits(1), selector: { labels: { site: 'north' } }, engine: 'onnx-web' });
    const other = rollouts.create({ model: digits(1), selector: { labels: { site: 'south' } }, engine: 'onnx-node' });
    await expect(other).rejects.toMatchObject({ code: 'ENGINE_PIN_CONFLICT' });
    const wrong = rollouts.create({ model: digits(1), selector: 'all', engine: 'component' });
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_FIELD' });
  });

  it('knows the pins after a restart, and does not count their twins up', async () => {
    await using folder = await temporaryFolder();
    const first = await openHouse(folder.path);
    await publishVersions(first, 1, 2);
    const node = await connect(first, 'roof');
    await first.rooms.rollouts.create({ model: digits(1), selector: 'all', engine: 'component' });
    const { id } = await first.rooms.rollouts.create({ model: digits(2), selector: 'all' });
    await first.stop();
    await using second = await openHouse(folder.path);
    expect(second.rooms.rollouts.list(9).find(({ model }) => model.version === 1)?.engine).toBe('component');
    expect(second.rooms.rollouts.get(id)).not.toHaveProperty('engine');
    expect(second.rooms.fleet.get(node).twin.desired).toBe(2);
  });

  it('knows deployments and twin versions after a restart, and does not count them up', async () => {
    await using folder = await temporaryFolder();
    const first = await openHouse(folder.path);
    await publishVersions(first, 1);
    const node = await connect(first, 'roof');
    const { id } = await first.rooms.rollouts.create({ model: digits(1), selector: 'all' });
    await first.stop();
    await using second = await openHouse(folder.path);
    expect(second.rooms.rollouts.get(id)).toMatchObject({ model: digits(1), nodes: [{ name: 'roof', online: false }] });
    expect(second.rooms.fleet.get(node).twin.desired).toBe(1);
    second.rooms.fleet.onBirth(node, birthOf());
    await settled(second);
    expect(twinsFor(second, node).map(({ version }) => version)).toEqual([1]);
  });
});
