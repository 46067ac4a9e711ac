import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModels } from '../src/build-models.ts';
import { modelDigest, modelIds, readDigests, readModel } from '../src/index.ts';

describe('the build', () => {
  beforeAll(async () => {
    await buildModels();
  }, 60_000);

  it('builds nothing when no source has changed', async () => {
    expect(await buildModels()).toEqual([]);
  });

  it.each(modelIds)('records the digest and the size of %s', async (id) => {
    const component = await readModel(id);
    const digest = `sha256:${createHash('sha256').update(component).digest('hex')}`;
    expect((await readDigests())[id]).toMatchObject({ digest, bytes: component.byteLength });
    expect(await modelDigest(id)).toBe(digest);
  });

  it.each(modelIds)('keeps %s below 64 KB', async (id) => {
    expect((await readModel(id)).byteLength).toBeLessThanOrEqual(64 * 1024);
  });
});
