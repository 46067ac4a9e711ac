import {
  type Delegation,
  DELEGATION,
  type Digest,
  keyIdOf,
  type ModelName,
  type RunId,
  sealEnvelope,
  toBase64,
} from '@sedge/protocol';
import { modelView } from '@sedge/protocol/routes';
import { nodeCrypto } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import { digits } from '../support/agent-words.ts';
import {
  COMPONENT_BYTES,
  type House,
  openHouse,
  sealManifest,
  signedModel,
  trustedPublisher,
} from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const NAME = 'digits' as ModelName;
/** field 1 as a varint, and a field after it: the start of every exported ONNX file. */
const ONNX_BYTES = Uint8Array.of(0x08, 0x08, 0x12, 0x02, 0x61, 0x62);

async function delegationOf(
  house: House,
  publisher: Parameters<typeof sealEnvelope>[3],
  artifact: Digest,
  change: Partial<Delegation> = {},
) {
  const { key, keyId } = house.rooms.identity;
  const payload: Delegation = {
    schema: 'sedge.delegation/v1',
    delegate: { keyId, publicKey: toBase64(key.publicKey) },
    run: 'run-1' as RunId,
    model: 'digits-trained' as ModelName,
    artifact,
    notAfter: '2027-01-01T00:00:00.000Z',
    ...change,
  };
  return sealEnvelope(nodeCrypto, DELEGATION, payload, publisher);
}

describe('Models', () => {
  it('publishes a version whose manifest a trusted publisher signed', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const publisher = await trustedPublisher(house.rooms);
    const view = await house.rooms.models.publish(await signedModel(house.rooms, publisher));
    expect(view).toMatchObject({
      ...digits(1),
      format: 'component',
      signer: keyIdOf(nodeCrypto, publisher.publicKey),
      delegated: false,
      publishedAt: '2026-01-01T00:00:00.000Z',
      readyNodes: 0,
    });
    expect(modelView.parse(house.rooms.models.get(NAME))).toMatchObject({ latest: 1, nextVersion: 2 });
  });

  it('refuses a stranger, an altered manifest and a missing signature, and stores nothing', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const publisher = await trustedPublisher(house.rooms);
    const { models } = house.rooms;
    const stranger = await signedModel(house.rooms, nodeCrypto.generateKeyPair());
    await expect(models.publish(stranger)).rejects.toMatchObject({ code: 'PUBLISHER_UNKNOWN' });
    const { manifest } = await signedModel(house.rooms, publisher);
    const other = sealManifest(nodeCrypto.generateKeyPair(), { version: 7 });
    const altered = { manifest: { ...manifest, payload: other.payload } };
    await expect(models.publish(altered)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    const unsigned = { manifest: { ...manifest, signatures: [] } };
    await expect(models.publish(unsigned)).rejects.toMatchObject({ code: 'SIGNATURE_MISSING' });
    expect(models.list(10)).toEqual([]);
    const kinds = (await house.rooms.ledger.list(10)).map(({ kind }) => kind);
    expect(kinds).toEqual(['token.created', 'publisher.added']);
  });

  it('refuses content that was not uploaded or has another size', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const publisher = await trustedPublisher(house.rooms);
    const { models, blobs } = house.rooms;
    const artifact = await blobs.add([COMPONENT_BYTES]);
    const missing = { digest: `sha256:${'b'.repeat(64)}` as Digest, sizeBytes: 3 };
    await expect(models.publish({ manifest: sealManifest(publisher, { artifact: missing }) })).rejects.toMatchObject({
      code: 'BLOB_NOT_FOUND',
    });
    const withoutWeights = sealManifest(publisher, { artifact, weights: missing });
    await expect(models.publish({ manifest: withoutWeights })).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
    const longer = sealManifest(publisher, { artifact: { ...artifact, sizeBytes: artifact.sizeBytes + 1 } });
    await expect(models.publish({ manifest: longer })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it.each([
    ['component', ONNX_BYTES],
    ['component', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)],
    ['onnx', COMPONENT_BYTES],
    ['onnx', new Uint8Array()],
    ['component', COMPONENT_BYTES.subarray(0, 5)],
  ] as const)('refuses what does not begin as %s with MODEL_INVALID', async (format, bytes) => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const publisher = await trustedPublisher(house.rooms);
    const artifact = await house.rooms.blobs.add([bytes]);
    const manifest = sealManifest(publisher, { format, artifact });
    await expect(house.rooms.models.publish({ manifest })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  it('takes an ONNX file', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const publisher = await trustedPublisher(house.rooms);
    const artifact = await house.rooms.blobs.add([ONNX_BYTES]);
    const manifest = sealManifest(publisher, { format: 'onnx', artifact });
    await expect(house.rooms.models.publish({ manifest })).resolves.toMatchObject({ format: 'onnx' });
  });

  it('lets one of ten win that publish the same version at once', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const signed = await signedModel(house.rooms, await trustedPublisher(house.rooms));
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => house.rooms.models.publish(signed)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const kinds = (await house.rooms.ledger.list(50)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'model.published')).toHaveLength(1);
  });

  it('never uses the number of a deleted version again, also after a restart', async () => {
    await using folder = await temporaryFolder();
    const first = await openHouse(folder.path);
    const publisher = await trustedPublisher(first.rooms);
    const signed = await signedModel(first.rooms, publisher, { version: 3 });
    await first.rooms.models.publish(signed);
    await first.rooms.models.delete(digits(3));
    expect(() => first.rooms.models.get(NAME)).toThrow(expect.objectContaining({ code: 'MODEL_NOT_FOUND' }));
    await expect(first.rooms.models.publish(signed)).rejects.toMatchObject({ code: 'VERSION_EXISTS' });
    await first.stop();
    await using second = await openHouse(folder.path);
    await expect(second.rooms.models.publish(signed)).rejects.toMatchObject({ code: 'VERSION_EXISTS' });
    expect(second.rooms.models.nextVersion(NAME)).toBe(4);
  });

  it('does not delete what somebody uses', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { models } = house.rooms;
    await models.publish(await signedModel(house.rooms, await trustedPublisher(house.rooms)));
    const undo = models.addUse(({ version }) => (version === 1 ? 'run r1' : undefined));
    await expect(models.delete(digits(1))).rejects.toMatchObject({
      code: 'MODEL_IN_USE',
      detail: 'digits@1 is used by run r1',
    });
    undo();
    await models.delete(digits(1));
    await expect(models.delete(digits(1))).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  });

  it('finds the latest version when none is named', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const publisher = await trustedPublisher(house.rooms);
    for (const version of [2, 10, 9])
      await house.rooms.models.publish(await signedModel(house.rooms, publisher, { version }));
    expect(house.rooms.models.resolve(NAME).ref).toEqual(digits(10));
    expect(house.rooms.models.resolve(NAME, 9).ref).toEqual(digits(9));
    expect(() => house.rooms.models.resolve(NAME, 1)).toThrow(expect.objectContaining({ code: 'MODEL_NOT_FOUND' }));
  });

  it('publishes what a run made under a delegation, as the next version of its name', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { models, blobs, identity } = house.rooms;
    const publisher = await trustedPublisher(house.rooms);
    const base = await models.publish(await signedModel(house.rooms, publisher));
    const weights = await blobs.add([Buffer.from('new weights')]);
    const delegation = await delegationOf(house, publisher, base.artifact.digest);
    const result = {
      run: 'run-1' as RunId,
      rounds: 3,
      base: digits(1),
      name: 'digits-trained' as ModelName,
      weights,
      delegation,
    };
    const view = await models.publishFromRun(result);
    expect(view).toMatchObject({
      name: 'digits-trained',
      version: 1,
      artifact: base.artifact,
      weights,
      signer: identity.keyId,
      delegated: true,
      lineage: { run: 'run-1', rounds: 3, base: digits(1) },
    });
    expect(models.madeBy('run-1' as RunId)).toEqual({ name: 'digits-trained', version: 1 });
    expect(models.madeBy('run-2' as RunId)).toBeUndefined();
  });

  it.each<[string, Partial<Delegation>]>([
    ['another run', { run: 'run-9' as RunId }],
    ['another name', { model: 'other' as ModelName }],
    ['another artifact', { artifact: `sha256:${'c'.repeat(64)}` as Digest }],
    ['a time that is over', { notAfter: '2025-12-31T00:00:00.000Z' }],
  ])('refuses the result of a run whose delegation is for %s', async (_, change) => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const { models, blobs } = house.rooms;
    const publisher = await trustedPublisher(house.rooms);
    const base = await models.publish(await signedModel(house.rooms, publisher));
    const weights = await blobs.add([Buffer.from('new weights')]);
    const delegation = await delegationOf(house, publisher, base.artifact.digest, change);
    const result = {
      run: 'run-1' as RunId,
      rounds: 3,
      base: digits(1),
      name: 'digits-trained' as ModelName,
      weights,
      delegation,
    };
    await expect(models.publishFromRun(result)).rejects.toMatchObject({ code: 'DELEGATION_INVALID' });
    expect(models.list(10).map(({ name }) => name)).toEqual(['digits']);
  });
});
