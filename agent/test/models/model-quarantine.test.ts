import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectingLog, fakeClock } from '@sedge/kit/testing';
import { SedgeError, type ModelManifest } from '@sedge/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentKey } from '../../src/models/content-key.ts';
import { ModelQuarantine } from '../../src/models/model-quarantine.ts';
import { QuarantineFolder } from '../../src/models/quarantine-folder.ts';

const CODE = 'a'.repeat(64);
const WEIGHTS = 'b'.repeat(64);
const manifest = {
  name: 'digits',
  version: 3,
  artifact: { digest: `sha256:${CODE}`, sizeBytes: 1 },
  weights: { digest: `sha256:${WEIGHTS}`, sizeBytes: 1 },
} as unknown as ModelManifest;
const key = contentKey(manifest);
const crash = new SedgeError('MODEL_TIMEOUT', 'not done in 30 s');

let directory = '';
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'sedge-quarantine-'))));
afterEach(() => rm(directory, { recursive: true }));

async function started() {
  const clock = fakeClock();
  const log = collectingLog();
  const folder = new QuarantineFolder(directory, log);
  const told: string[] = [];
  const quarantine = new ModelQuarantine({
    folder,
    clock,
    log,
    onQuarantined: (content, { code }) => told.push(`${code} ${content === key}`),
    onReleased: (content) => told.push(`released ${content === key}`),
  });
  await quarantine.start();
  const stored = (): Promise<unknown> => expect.poll(() => readdir(directory)).toEqual([`${key}.json`]);
  return { clock, folder, log, quarantine, stored, told };
}

describe('content that ends its host again and again', () => {
  it('is kept from running after the third time, also by the next life of the agent', async () => {
    const { quarantine, stored, told } = await started();
    quarantine.refuse(manifest);
    for (const _time of [1, 2]) quarantine.crashed(key, crash);
    quarantine.refuse(manifest);
    quarantine.crashed(key, crash);
    quarantine.crashed(key, crash);
    expect(told).toEqual(['MODEL_QUARANTINED true']);
    expect(() => quarantine.refuse(manifest)).toThrow(
      expect.objectContaining({
        code: 'MODEL_QUARANTINED',
        detail: expect.stringContaining('MODEL_TIMEOUT') as string,
      }),
    );
    await stored();
    const again = await started();
    expect(() => again.quarantine.refuse(manifest)).toThrow(expect.objectContaining({ code: 'MODEL_QUARANTINED' }));
    expect(await again.folder.list()).toMatchObject([{ key, code: 'MODEL_TIMEOUT', crashes: 3, models: ['digits@3'] }]);
  });

  it('is content, not a name: other weights are other content', async () => {
    const { quarantine } = await started();
    for (const _time of [1, 2, 3]) quarantine.crashed(key, crash);
    const { weights: _none, ...other } = manifest;
    expect(() => quarantine.refuse(other)).not.toThrow();
    expect(() => quarantine.refuse({ ...manifest, name: 'renamed' as ModelManifest['name'] })).toThrow(
      'MODEL_QUARANTINED',
    );
  });

  it('runs again after a release, and has all its crashes before it once more', async () => {
    const { quarantine, stored, told } = await started();
    expect(await quarantine.release(key)).toBe(false);
    for (const _time of [1, 2, 3]) quarantine.crashed(key, crash);
    await stored();
    expect(await quarantine.release(key)).toBe(true);
    expect(told.at(-1)).toBe('released true');
    expect(await readdir(directory)).toEqual([]);
    for (const _time of [1, 2]) quarantine.crashed(key, crash);
    expect(() => quarantine.refuse(manifest)).not.toThrow();
  });

  it('is let go by a command while the agent runs', async () => {
    const { folder, quarantine, stored, told } = await started();
    for (const _time of [1, 2, 3]) quarantine.crashed(key, crash);
    await quarantine.refresh();
    await stored();
    await quarantine.refresh();
    expect(told).toEqual(['MODEL_QUARANTINED true']);
    await folder.remove(key);
    await quarantine.refresh();
    expect(told.at(-1)).toBe('released true');
    expect(() => quarantine.refuse(manifest)).not.toThrow();
  });

  it('is forgotten where its file is damaged, which is said', async () => {
    await writeFile(join(directory, `${key}.json`), '{"key": "');
    await writeFile(join(directory, `${CODE}.json`), JSON.stringify({ key, code: 'NO_SUCH', crashes: 3, sinceMs: 0 }));
    const { log, quarantine } = await started();
    expect(() => quarantine.refuse(manifest)).not.toThrow();
    expect(log.messages('warn').filter((text) => text.includes('damaged'))).toHaveLength(2);
  });
});
