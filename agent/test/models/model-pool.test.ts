import { fakeClock } from '@sedge/kit/testing';
import { SedgeError, type ErrorCode, type ModelManifest } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { ModelPool } from '../../src/models/model-pool.ts';

const manifest = { format: 'component', artifact: { digest: 'sha256:a', sizeBytes: 1 } } as unknown as ModelManifest;
const files = async () => ({ format: 'component', artifact: new Uint8Array() }) as const;
const relaxed = { timeoutMs: 1_000, signal: new AbortController().signal };

/** A host whose next calls fail with the codes of the list, taken from its front. */
function poolOver(failures: ErrorCode[]) {
  const calls: string[] = [];
  const host = {
    open: async () => {
      calls.push('open');
      return { engine: 'component' as const, provider: 'wasm', functions: [], trainable: false };
    },
    close: async () => void calls.push('close'),
    run: async () => {
      const code = failures.shift();
      if (code !== undefined) throw new SedgeError(code, 'planned');
      return [];
    },
  };
  return { calls, pool: new ModelPool({ host, clock: fakeClock() }) };
}

describe('a model that the host has lost', () => {
  it('is told to all of its users, and opened anew for whoever asks next', async () => {
    const { calls, pool } = poolOver(['MODEL_NOT_LOADED']);
    const one = await pool.acquire(manifest, files);
    const two = await pool.acquire(manifest, files);
    await expect(one.infer('infer', [], relaxed)).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
    expect((await one.lost).code).toBe('MODEL_NOT_LOADED');
    expect((await two.lost).code).toBe('MODEL_NOT_LOADED');
    const next = await pool.acquire(manifest, files);
    await one.release();
    await two.release();
    await expect(next.infer('infer', [], relaxed)).resolves.toMatchObject({ outputs: [] });
    expect(calls).toEqual(['open', 'open']);
    await next.release();
    expect(calls).toEqual(['open', 'open', 'close']);
  });

  it('is told as soon as the host knows, without a request', async () => {
    const { calls, pool } = poolOver([]);
    const model = await pool.acquire(manifest, files);
    pool.lose('component sha256:a none', new SedgeError('MODEL_TIMEOUT', 'it does not open again'));
    expect((await model.lost).code).toBe('MODEL_TIMEOUT');
    await pool.acquire(manifest, files);
    expect(calls).toEqual(['open', 'open']);
  });

  it('is not one that only failed at a request', async () => {
    const { calls, pool } = poolOver(['MODEL_FAILED', 'MODEL_TIMEOUT']);
    const model = await pool.acquire(manifest, files);
    await expect(model.infer('infer', [], relaxed)).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    await expect(model.infer('infer', [], relaxed)).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    await expect(model.infer('infer', [], relaxed)).resolves.toMatchObject({ outputs: [] });
    expect((await pool.acquire(manifest, files)).lost).toBe(model.lost);
    expect(calls).toEqual(['open']);
  });
});
