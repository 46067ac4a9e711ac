import { nodeCrypto } from '@sedge/kit';
import { digestOf, openSignedModel, signedModel, toBase64, trustedPublishers, type ModelName } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { Client } from '../src/client.ts';
import { formatOf, publishModel } from '../src/publish.ts';
import { fakeDoor, jsonReply, type Asked } from './fake-door.ts';

const key = nodeCrypto.generateKeyPair();
const trusted = trustedPublishers(nodeCrypto, [{ name: 'me', publicKey: toBase64(key.publicKey) }]);
const functions = [{ name: 'predict', inputs: [], outputs: [] }];

/** A coordinator that takes every blob and shows the manifest that it got. */
function doorOf(models: object[]) {
  const artifact = Uint8Array.of(1, 2, 3);
  const weights = Uint8Array.of(4, 5);
  const put = (content: Uint8Array) => `PUT /api/v1/blobs/${encodeURIComponent(digestOf(nodeCrypto, content))}`;
  const view = ({ body }: Asked) => {
    const manifest = openSignedModel(nodeCrypto, signedModel.parse(JSON.parse(body)), trusted);
    const answer = { ...manifest, signer: '0'.repeat(64), delegated: false, publishedAt: manifest.createdAt };
    return jsonReply({ ...answer, readyNodes: 0 }, 201);
  };
  const door = fakeDoor({
    [put(artifact)]: jsonReply({}),
    [put(weights)]: jsonReply({}),
    'GET /api/v1/models': jsonReply({ items: models }),
    'POST /api/v1/models': view,
  });
  return { door, artifact, weights };
}

describe('publishModel', () => {
  it('uploads the content, then sends a manifest over its digests that the publisher signed', async () => {
    const { door, artifact, weights } = doorOf([]);
    const client = new Client({ url: 'http://door.test', fetch: door.fetch });
    const content = { name: 'digits' as ModelName, format: 'component', artifact, weights, labels: ['a'] } as const;
    const parameters = [{ name: 'w', shape: [2, 3] }];
    const published = await publishModel(client, content, { functions, parameters }, key, new Date(0));
    expect(published).toMatchObject({
      name: 'digits',
      version: 1,
      artifact: { digest: digestOf(nodeCrypto, artifact), sizeBytes: 3 },
      weights: { digest: digestOf(nodeCrypto, weights), sizeBytes: 2 },
      parameters,
      labels: ['a'],
    });
    expect(door.asked.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'GET', 'POST']);
  });

  it('takes the next number that was never used', async () => {
    const { door, artifact } = doorOf([{ name: 'digits', nextVersion: 7, versions: [] }]);
    const client = new Client({ url: 'http://door.test', fetch: door.fetch });
    const content = { name: 'digits' as ModelName, format: 'onnx', artifact } as const;
    expect((await publishModel(client, content, { functions }, key, new Date(0))).version).toBe(7);
  });
});

describe('formatOf', () => {
  it('knows WebAssembly by its magic and takes the rest for ONNX', () => {
    expect(formatOf(Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0))).toBe('component');
    expect(formatOf(Uint8Array.of(8, 8, 18))).toBe('onnx');
    expect(formatOf(new Uint8Array())).toBe('onnx');
  });
});
