import { describe, expect, it } from 'vitest';
import {
  DELEGATION,
  MANIFEST,
  keyIdOf,
  openSignedModel,
  sealEnvelope,
  toBase64,
  trustedPublishers,
  type Delegation,
  type Digest,
  type KeyPair,
  type ModelManifest,
  type ModelName,
  type RunId,
} from '../src/index.ts';
import { keyPairOf, testCrypto } from './support/test-crypto.ts';

const publisherKey = keyPairOf(1);
const coordinatorKey = keyPairOf(2);
const pins = trustedPublishers(testCrypto, [{ name: 'owner', publicKey: toBase64(publisherKey.publicKey) }]);
const artifact = `sha256:${'a'.repeat(64)}` as Digest;

const manifest: ModelManifest = {
  schema: 'sedge.model/v1',
  name: 'digits' as ModelName,
  version: 2,
  format: 'component',
  artifact: { digest: artifact, sizeBytes: 10 },
  functions: [{ name: 'infer', inputs: [], outputs: [] }],
  lineage: { run: 'run-1' as RunId, rounds: 20, base: { name: 'digits' as ModelName, version: 1 } },
  createdAt: '2026-11-22T12:00:00Z',
};

const granted: Delegation = {
  schema: 'sedge.delegation/v1',
  delegate: {
    keyId: keyIdOf(testCrypto, coordinatorKey.publicKey),
    publicKey: toBase64(coordinatorKey.publicKey),
  },
  run: 'run-1' as RunId,
  model: 'digits' as ModelName,
  artifact,
  notAfter: '2026-12-01T00:00:00Z',
};

function open(options: {
  manifest?: Partial<ModelManifest>;
  delegation?: Partial<Delegation> | null;
  signer?: KeyPair;
  granter?: KeyPair;
}) {
  const sealed = sealEnvelope(
    testCrypto,
    MANIFEST,
    { ...manifest, ...options.manifest },
    options.signer ?? coordinatorKey,
  );
  if (options.delegation === null) return openSignedModel(testCrypto, { manifest: sealed }, pins);
  const delegation = sealEnvelope(
    testCrypto,
    DELEGATION,
    { ...granted, ...options.delegation },
    options.granter ?? publisherKey,
  );
  return openSignedModel(testCrypto, { manifest: sealed, delegation }, pins);
}

describe('signed model', () => {
  it('is accepted from a pinned publisher', () => {
    expect(open({ delegation: null, signer: publisherKey })).toEqual(manifest);
  });

  it('is accepted from a delegate for the delegated run, model and artifact', () => {
    expect(open({})).toEqual(manifest);
  });

  it('is refused from the coordinator alone', () => {
    expect(() => open({ delegation: null })).toThrow(/PUBLISHER_UNKNOWN/);
  });

  it('is refused when the coordinator wrote the delegation itself', () => {
    expect(() => open({ granter: coordinatorKey })).toThrow(/PUBLISHER_UNKNOWN/);
  });

  it.each([
    [
      'another run',
      {
        manifest: {
          lineage: {
            ...manifest.lineage,
            run: 'run-2' as RunId,
            rounds: 1,
            base: { name: 'digits' as ModelName, version: 1 },
          },
        },
      },
    ],
    ['no run', { manifest: { lineage: undefined } }],
    ['another model', { manifest: { name: 'other' as ModelName } }],
    ['other code', { manifest: { artifact: { digest: `sha256:${'b'.repeat(64)}` as Digest, sizeBytes: 10 } } }],
    ['a later day', { manifest: { createdAt: '2027-01-01T00:00:00Z' } }],
  ])('is refused for %s than the delegation says', (_, options) => {
    expect(() => open(options as Parameters<typeof open>[0])).toThrow(/DELEGATION_INVALID/);
  });

  it('is refused when a stranger signs under a delegation for the coordinator', () => {
    expect(() => open({ signer: keyPairOf(3) })).toThrow(/PUBLISHER_UNKNOWN/);
  });
});
