import { keyPairFromSeed, nodeCrypto, seededRandomness, silentLog } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import {
  digestOf,
  MANIFEST,
  modelKey,
  openSignedModel,
  sealEnvelope,
  SedgeError,
  toBase64,
  toUtf8,
  trustedPublishers,
  type EngineChoice,
  type ErrorCode,
  type ModelManifest,
  type ModelName,
  type Publisher,
  type SignedModel,
} from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { contentKey } from '../../src/models/content-key.ts';
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
  const lose: Record<string, (error?: SedgeError) => void> = {};
  /** Loads of these versions wait until they are let go. */
  const held: Record<string, { readonly wait: Promise<void>; readonly go: () => void }> = {};
  const pinned = new Map<string, number>();
  const load: LoadModel = async ({ manifest }, { pin, onStage, onPulled, signal }) => {
    const { name } = manifest;
    onStage('pulling');
    onPulled(1);
    await held[modelKey(manifest)]?.wait;
    signal.throwIfAborted();
    const code = failing[name]?.shift();
    if (code !== undefined) throw new SedgeError(code, 'planned');
    onStage('loading');
    const engine = pin ?? 'component';
    const label = pin === undefined ? name : `${name} on ${pin}`;
    events.push(`load ${label}`);
    const reason = pin === undefined ? 'only' : 'pinned';
    const choice: EngineChoice = { engine, provider: 'cpu', reason, probes: [] };
    const model: LoadedModel = {
      engine,
      choice,
      lost: new Promise((resolve) => (lose[name] = (error) => resolve(error ?? LOST))),
      infer: () => Promise.reject(new Error('not asked')),
      release: async () => void events.push(`unload ${label}`),
    };
    return model;
  };
  const reconciler = new Reconciler({
    crypto: nodeCrypto,
    publisherKeys: (id) => trustedPublishers(nodeCrypto, pins)(id),
    load,
    pinContent: (manifest) => {
      const key = modelKey(manifest);
      pinned.set(key, (pinned.get(key) ?? 0) + 1);
      return () => pinned.set(key, (pinned.get(key) ?? 0) - 1);
    },
    clock,
    randomness: seededRandomness('reconciler'),
    log: silentLog,
    onChange: () => undefined,
  });
  const states = (): string[] => reconciler.statuses().map(({ name, version, state }) => `${name}@${version} ${state}`);
  const hold = (key: string): void => {
    let go = (): void => undefined;
    const wait = new Promise<void>((resolve) => (go = resolve));
    held[key] = { wait, go: () => go() };
  };
  const isReady = (name: string, version: number): boolean =>
    reconciler.readyModel({ name: name as ModelName, version }) !== undefined;
  return { clock, events, held, hold, isReady, lose, pinned, reconciler, states };
}

const LOST = new SedgeError('MODEL_NOT_LOADED', 'crashed');
/** How long a model answers what was sent to it before the switch was known. */
const LAST_REQUESTS_MS = 5_000;

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
    await clock.advance(LAST_REQUESTS_MS);
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

describe('a switch to another version', () => {
  it('keeps the old one serving until the new one is ready, and then for what is on its way', async () => {
    const { clock, events, held, hold, isReady, reconciler, states } = reconcilerOf();
    reconciler.apply({ version: 1, models: [signed('a')] });
    await clock.settle();
    hold('a@2');
    reconciler.apply({ version: 2, models: [signed('a', 2)] });
    await clock.advance(60_000);
    const ready = (): number[] => reconciler.readyModels().map(({ manifest }) => manifest.version);
    expect(states()).toEqual(['a@2 pulling', 'a@1 ready']);
    expect([isReady('a', 1), isReady('a', 2)]).toEqual([true, false]);
    expect(ready()).toEqual([1]);
    held['a@2']?.go();
    await clock.settle();
    // Spoken of no more, so that nothing new is sent to it; still there for what was sent before.
    expect(states()).toEqual(['a@2 ready']);
    expect(ready()).toEqual([2]);
    expect([isReady('a', 1), isReady('a', 2)]).toEqual([true, true]);
    expect(events).toEqual(['load a', 'load a']);
    await clock.advance(LAST_REQUESTS_MS);
    expect([isReady('a', 1), isReady('a', 2)]).toEqual([false, true]);
    expect(events).toEqual(['load a', 'load a', 'unload a']);
    await reconciler.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits no longer for one that failed for good, or that does not come in ten minutes', async () => {
    const { clock, hold, isReady, reconciler } = reconcilerOf({ broken: ['MODEL_LOAD_FAILED'] });
    reconciler.apply({ version: 1, models: [signed('a')] });
    await clock.settle();
    hold('a@2');
    reconciler.apply({ version: 2, models: [signed('a', 2)] });
    await clock.advance(10 * 60_000 + LAST_REQUESTS_MS - 1);
    expect(isReady('a', 1)).toBe(true);
    await clock.advance(1);
    expect(isReady('a', 1)).toBe(false);
    const other = reconcilerOf();
    other.reconciler.apply({ version: 1, models: [signed('a')] });
    await other.clock.settle();
    const strange: SignedModel = { manifest: { ...signed('a', 2).manifest, signatures: [] } };
    other.reconciler.apply({ version: 2, models: [strange] });
    await other.clock.advance(LAST_REQUESTS_MS);
    expect(other.isReady('a', 1)).toBe(false);
  });

  it('back is no load at all', async () => {
    const { clock, events, hold, reconciler, states } = reconcilerOf();
    reconciler.apply({ version: 1, models: [signed('a')] });
    await clock.settle();
    hold('a@2');
    reconciler.apply({ version: 2, models: [signed('a', 2)] });
    await clock.settle();
    reconciler.apply({ version: 3, models: [signed('a')] });
    await clock.advance(60_000);
    expect(states()).toEqual(['a@1 ready']);
    expect(events).toEqual(['load a']);
  });
});

describe('a pin of an engine', () => {
  const pinnedTo = (engine: 'onnx-web' | 'onnx-node') => ({
    pins: [{ model: { name: 'a' as ModelName, version: 1 }, engine }],
  });

  it('that changes opens the model on the other engine before it leaves the first', async () => {
    const { clock, events, held, hold, reconciler } = reconcilerOf();
    reconciler.apply({ version: 1, models: [signed('a')], ...pinnedTo('onnx-web') });
    await clock.settle();
    hold('a@1');
    reconciler.apply({ version: 2, models: [signed('a')], ...pinnedTo('onnx-node') });
    await clock.settle();
    expect(reconciler.statuses()).toMatchObject([{ state: 'ready', engine: 'onnx-web' }]);
    held['a@1']?.go();
    await clock.settle();
    expect(reconciler.statuses()).toMatchObject([
      { state: 'ready', engine: 'onnx-node', choice: { reason: 'pinned' } },
    ]);
    expect(events).toEqual(['load a on onnx-web', 'load a on onnx-node', 'unload a on onnx-web']);
    reconciler.apply({ version: 3, models: [signed('a')] });
    await clock.settle();
    expect(reconciler.statuses()).toMatchObject([{ state: 'ready', engine: 'component' }]);
  });

  it('to an engine that is not here is a failure that says so, until it changes', async () => {
    const failing: Record<string, ErrorCode[]> = {};
    const { clock, events, reconciler } = reconcilerOf(failing);
    reconciler.apply({ version: 1, models: [signed('a')] });
    await clock.settle();
    failing['a'] = ['ENGINE_UNAVAILABLE'];
    reconciler.apply({ version: 2, models: [signed('a')], ...pinnedTo('onnx-node') });
    await clock.settle();
    expect(reconciler.statuses()).toMatchObject([{ state: 'failed', error: { code: 'ENGINE_UNAVAILABLE' } }]);
    reconciler.apply({ version: 3, models: [signed('a')] });
    await clock.settle();
    expect(reconciler.statuses()).toMatchObject([{ state: 'ready', engine: 'component' }]);
    expect(events).toEqual(['load a', 'unload a', 'load a']);
  });
});

describe('a model in quarantine', () => {
  const quarantined = new SedgeError('MODEL_QUARANTINED', '3 crashes', { expose: true });

  it('has failed, is not tried again by itself, and is loaded when it is let go', async () => {
    const { clock, events, lose, reconciler, states } = reconcilerOf();
    reconciler.apply({ version: 1, models: [signed('a'), signed('b')] });
    await clock.settle();
    lose['a']?.(quarantined);
    await clock.advance(10 * 60_000);
    expect(reconciler.statuses()[0]).toMatchObject({
      state: 'failed',
      error: { code: 'MODEL_QUARANTINED', detail: '3 crashes' },
    });
    const { artifact } = openSignedModel(nodeCrypto, signed('a'), trustedPublishers(nodeCrypto, [PINNED]));
    reconciler.released(contentKey({ artifact }));
    await clock.settle();
    expect(states()).toEqual(['a@1 ready', 'b@1 ready']);
    expect(events).toEqual(['load a', 'load b', 'unload a', 'load a']);
  });

  it('keeps its content in the cache, as every desired model does between its attempts', async () => {
    const { clock, lose, pinned, reconciler } = reconcilerOf({
      away: ['COORDINATOR_UNREACHABLE'],
      broken: ['MODEL_INVALID'],
    });
    reconciler.apply({ version: 1, models: [signed('a'), signed('away'), signed('broken')] });
    await clock.settle();
    lose['a']?.(quarantined);
    await clock.settle();
    expect([...pinned]).toEqual([
      ['a@1', 1],
      ['away@1', 1],
      ['broken@1', 1],
    ]);
    reconciler.apply({ version: 2, models: [] });
    await clock.advance(LAST_REQUESTS_MS);
    expect(new Set(pinned.values())).toEqual(new Set([0]));
  });
});
