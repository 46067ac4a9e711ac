import { fakeClock } from '@sedge/kit/testing';
import { SedgeError, type EngineChoice, type ErrorCode, type KeyId, type TrustedModel } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { ModelPool } from '../../src/models/model-pool.ts';

const HEX = 'a'.repeat(64);
const files = { format: 'component', artifact: new Uint8Array() } as const;
const choice: EngineChoice = { engine: 'component', provider: 'wasm', reason: 'only', probes: [] };

function trustedBy(publisher: string): TrustedModel {
  const manifest = { format: 'component', artifact: { digest: `sha256:${HEX}`, sizeBytes: 1 } };
  return { manifest, publisher: publisher as KeyId } as unknown as TrustedModel;
}
const manifest = trustedBy('lab');
const relaxed = { timeoutMs: 1_000, signal: new AbortController().signal };

/** A host whose next calls fail with the codes of the list, taken from its front. */
function poolOver(failures: ErrorCode[]) {
  const calls: string[] = [];
  const opened: string[] = [];
  const groups: string[] = [];
  let end = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (end = resolve));
  const running = { wait: false, waiting, end: async () => end() };
  const hosts = {
    open: async (id: string, _files: unknown, group: string) => {
      calls.push('open');
      opened.push(id);
      groups.push(group);
      return { engine: 'component' as const, provider: 'wasm', functions: [], trainable: false };
    },
    close: async () => void calls.push('close'),
    run: async () => {
      if (running.wait) await running.waiting;
      const code = failures.shift();
      if (code !== undefined) throw new SedgeError(code, 'planned');
      return [];
    },
  };
  return { calls, opened, groups, running, pool: new ModelPool({ hosts, clock: fakeClock() }) };
}

describe('a model that the host has lost', () => {
  it('is told to all of its users, and opened anew for whoever asks next', async () => {
    const { calls, pool } = poolOver(['MODEL_NOT_LOADED']);
    const one = await pool.acquire(manifest, choice, files);
    const two = await pool.acquire(manifest, choice, files);
    await expect(one.infer('infer', [], relaxed)).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
    expect((await one.lost).code).toBe('MODEL_NOT_LOADED');
    expect((await two.lost).code).toBe('MODEL_NOT_LOADED');
    const next = await pool.acquire(manifest, choice, files);
    await one.release();
    await two.release();
    await expect(next.infer('infer', [], relaxed)).resolves.toMatchObject({ outputs: [] });
    expect(calls).toEqual(['open', 'open']);
    await next.release();
    expect(calls).toEqual(['open', 'open', 'close']);
  });

  it('is told as soon as the host knows, without a request', async () => {
    const { calls, opened, pool } = poolOver([]);
    const model = await pool.acquire(manifest, choice, files);
    pool.lose(opened[0] ?? '', new SedgeError('MODEL_TIMEOUT', 'it does not open again'));
    expect((await model.lost).code).toBe('MODEL_TIMEOUT');
    await pool.acquire(manifest, choice, files);
    expect(calls).toEqual(['open', 'open']);
  });

  it('is not one that only failed at a request', async () => {
    const { calls, pool } = poolOver(['MODEL_FAILED', 'MODEL_TIMEOUT']);
    const model = await pool.acquire(manifest, choice, files);
    await expect(model.infer('infer', [], relaxed)).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    await expect(model.infer('infer', [], relaxed)).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    await expect(model.infer('infer', [], relaxed)).resolves.toMatchObject({ outputs: [] });
    expect((await pool.acquire(manifest, choice, files)).lost).toBe(model.lost);
    expect(calls).toEqual(['open']);
  });
});

describe('models that are open', () => {
  it('are shared by the identities of one publisher, and never with another publisher or engine', async () => {
    const { groups, opened, pool } = poolOver([]);
    await pool.acquire(trustedBy('lab'), choice, files);
    await pool.acquire(trustedBy('lab'), choice, files);
    await pool.acquire(trustedBy('rival'), choice, files);
    await pool.acquire(trustedBy('lab'), { ...choice, engine: 'onnx-node', provider: 'cpu' }, files);
    expect(groups).toEqual(['lab', 'rival', 'lab']);
    expect(new Set(opened).size).toBe(3);
    expect(opened.map((id) => pool.contentOf(id))).toEqual([HEX, HEX, HEX]);
  });

  it('answer what is under way before they are closed', async () => {
    const { calls, pool, running } = poolOver([]);
    const model = await pool.acquire(manifest, choice, files);
    running.wait = true;
    const call = model.infer('infer', [], relaxed);
    const released = model.release();
    await Promise.resolve();
    expect(calls).toEqual(['open']);
    await running.end();
    await expect(call).resolves.toMatchObject({ outputs: [] });
    await released;
    expect(calls).toEqual(['open', 'close']);
  });

  it('all end when their content is shut, and are opened anew by whoever asks next', async () => {
    const { calls, pool } = poolOver([]);
    const ours = await pool.acquire(trustedBy('lab'), choice, files);
    const theirs = await pool.acquire(trustedBy('rival'), choice, files);
    await pool.shut(HEX, new SedgeError('MODEL_QUARANTINED', 'three crashes'));
    expect([(await ours.lost).code, (await theirs.lost).code]).toEqual(['MODEL_QUARANTINED', 'MODEL_QUARANTINED']);
    expect(calls).toEqual(['open', 'open', 'close', 'close']);
    await ours.release();
    await pool.acquire(trustedBy('lab'), choice, files);
    expect(calls.slice(4)).toEqual(['open']);
  });
});
