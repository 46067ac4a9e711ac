import { keyPairFromSeed, nodeCrypto, seededRandomness, silentLog } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import {
  digestOf,
  MANIFEST,
  sealEnvelope,
  SedgeError,
  toBase64,
  toUtf8,
  trustedPublishers,
  type ErrorCode,
  type ModelManifest,
  type ModelName,
  type Publisher,
  type SignedModel,
} from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import type { LoadedModel, LoadModel } from '../../src/models/loaded-model.ts';
import { Reconciler } from '../../src/models/reconciler.ts';

const publisher = keyPairFromSeed(new Uint8Array(32).fill(3));
const PINNED: Publisher = { name: 'p', publicKey: toBase64(publisher.publicKey) };

function signed(name: string, version = 1): SignedModel {
  const manifest: ModelManifest = {
    schema: 'sedge.model/v1',
    name: name as ModelName,
    version,
    format: 'component',
    artifact: { digest: digestOf(nodeCrypto, toUtf8(name)), sizeBytes: 1 },
    functions: [{ name: 'infer', inputs: [], outputs: [] }],
    createdAt: '2026-01-01T00:00:00Z',
  };
  return { manifest: sealEnvelope(nodeCrypto, MANIFEST, manifest, publisher) };
}

/** Loads whatever is not listed as failing; failures are taken from the front of each list. */
function reconcilerOf(failing: Record<string, ErrorCode[]> = {}, pins: readonly Publisher[] = [PINNED]) {
  const clock = fakeClock();
  const events: string[] = [];
  const lose: Record<string, () => void> = {};
  const load: LoadModel = async ({ name }, onStage) => {
    onStage('pulling');
    const code = failing[name]?.shift();
    if (code !== undefined) throw new SedgeError(code, 'planned');
    onStage('loading');
    events.push(`load ${name}`);
    const model: LoadedModel = {
      engine: 'component',
      lost: new Promise((resolve) => (lose[name] = () => resolve(new SedgeError('MODEL_NOT_LOADED', 'crashed')))),
      infer: () => Promise.reject(new Error('not asked')),
      release: async () => void events.push(`unload ${name}`),
    };
    return model;
  };
  const reconciler = new Reconciler({
    crypto: nodeCrypto,
    publisherKeys: (id) => trustedPublishers(nodeCrypto, pins)(id),
    load,
    clock,
    randomness: seededRandomness('reconciler'),
    log: silentLog,
    onChange: () => undefined,
  });
  const states = (): string[] => reconciler.statuses().map(({ name, version, state }) => `${name}@${version} ${state}`);
  return { clock, events, lose, reconciler, states };
}

describe('the models of a node', () => {
  it('become what is desired, and the same twin again changes nothing', async () => {
    const { clock, events, reconciler, states } = reconcilerOf();
    const twin = { version: 1, models: [signed('a'), signed('b')] };
    expect(reconciler.apply(twin)).toBe(true);
    await clock.settle();
    expect(reconciler.apply(twin)).toBe(true);
    await clock.settle();
    expect(states()).toEqual(['a@1 ready', 'b@1 ready']);
    expect(events).toEqual(['load a', 'load b']);
    reconciler.apply({ version: 2, models: [signed('b'), signed('b', 2)] });
    await clock.settle();
    expect(states()).toEqual(['b@1 ready', 'b@2 ready']);
    expect(events.slice(2).sort()).toEqual(['load b', 'unload a']);
    expect(reconciler.readyModel({ name: 'a' as ModelName, version: 1 })).toBeUndefined();
  });

  it('stay as they are when an older twin comes', async () => {
    const { clock, reconciler, states } = reconcilerOf();
    reconciler.apply({ version: 3, models: [signed('a')] });
    await clock.settle();
    expect(reconciler.apply({ version: 2, models: [] })).toBe(false);
    expect(states()).toEqual(['a@1 ready']);
    expect(reconciler.version).toBe(3);
  });

  it('are tried again after a failure of the road, and not after a refusal', async () => {
    const { clock, reconciler, states } = reconcilerOf({
      away: ['COORDINATOR_UNREACHABLE', 'STREAM_INCOMPLETE'],
      broken: ['MODEL_INVALID'],
    });
    reconciler.apply({ version: 1, models: [signed('away'), signed('broken'), signed('good')] });
    await clock.settle();
    expect(states()).toEqual(['away@1 pulling', 'broken@1 failed', 'good@1 ready']);
    expect(reconciler.statuses()[0]?.error?.code).toBe('COORDINATOR_UNREACHABLE');
    await clock.advance(3_000);
    expect(states()).toEqual(['away@1 ready', 'broken@1 failed', 'good@1 ready']);
  });

  it('that are no longer wanted while they are pulled do not stay', async () => {
    const { clock, events, reconciler } = reconcilerOf({ away: ['COORDINATOR_UNREACHABLE'] });
    reconciler.apply({ version: 1, models: [signed('away')] });
    await clock.settle();
    reconciler.apply({ version: 2, models: [] });
    await clock.advance(60_000);
    expect(events).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('of a publisher that was unknown are tried again once it is pinned, and only those', async () => {
    const pins: Publisher[] = [];
    const { clock, reconciler, states } = reconcilerOf({}, pins);
    const broken: SignedModel = { manifest: { ...signed('broken').manifest, payload: 'bm90IEpTT04=' } };
    reconciler.apply({ version: 1, models: [signed('a'), broken] });
    await clock.settle();
    expect(reconciler.statuses().map(({ error }) => error?.code)).toEqual(['PUBLISHER_UNKNOWN', 'PUBLISHER_UNKNOWN']);
    pins.push(PINNED);
    reconciler.publishersChanged();
    await clock.settle();
    expect(states()).toEqual(['a@1 ready', 'unreadable@1 failed']);
    expect(reconciler.statuses()[1]?.error?.code).toBe('SIGNATURE_INVALID');
    pins.pop();
    reconciler.publishersChanged();
    reconciler.apply({ version: 2, models: [signed('a'), signed('b')] });
    await clock.settle();
    expect(states()).toEqual(['a@1 ready', 'b@1 failed']);
  });

  it('that the host has lost are not ready, and are loaded again after a wait', async () => {
    const { clock, events, lose, reconciler, states } = reconcilerOf();
    reconciler.apply({ version: 1, models: [signed('a'), signed('b')] });
    await clock.settle();
    lose['a']?.();
    await clock.settle();
    expect(states()).toEqual(['a@1 pulling', 'b@1 ready']);
    expect(reconciler.statuses()[0]?.error?.code).toBe('MODEL_NOT_LOADED');
    expect(reconciler.readyModel({ name: 'a' as ModelName, version: 1 })).toBeUndefined();
    expect(events).toEqual(['load a', 'load b', 'unload a']);
    await clock.advance(3_000);
    expect(states()).toEqual(['a@1 ready', 'b@1 ready']);
    await reconciler.stop();
    expect(events.slice(3).sort()).toEqual(['load a', 'unload a', 'unload b']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('that the host has lost and does not take again have failed, with its code', async () => {
    const failing: Record<string, ErrorCode[]> = {};
    const { clock, lose, reconciler, states } = reconcilerOf(failing);
    reconciler.apply({ version: 1, models: [signed('a')] });
    await clock.settle();
    failing['a'] = ['MODEL_LOAD_FAILED'];
    lose['a']?.();
    await clock.advance(3_000);
    expect(states()).toEqual(['a@1 failed']);
    expect(reconciler.statuses()[0]?.error?.code).toBe('MODEL_LOAD_FAILED');
  });

  it('are let go of when it stops', async () => {
    const { clock, events, reconciler } = reconcilerOf();
    reconciler.apply({ version: 1, models: [signed('a')] });
    await clock.settle();
    await reconciler.stop();
    await reconciler.stop();
    expect(events).toEqual(['load a', 'unload a']);
  });
});
