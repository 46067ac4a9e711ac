import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPublisherKey, publisherKeyPath, readPublisherKey } from '../src/publisher-key.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sedge-key-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('openPublisherKey', () => {
  it('makes a key the first time, readable by its owner alone, and finds it after that', async () => {
    const path = join(folder, 'deep', 'publisher.key');
    const first = await openPublisherKey(path);
    expect(first.made).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await openPublisherKey(path)).toEqual({ key: first.key, made: false });
  });

  it('never overwrites what lies there', async () => {
    const path = join(folder, 'publisher.key');
    await writeFile(path, 'something else');
    await expect(openPublisherKey(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await readFile(path, 'utf8')).toBe('something else');
  });
});

describe('readPublisherKey', () => {
  it('says how to make one when there is none', async () => {
    await expect(readPublisherKey(join(folder, 'none'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      detail: expect.stringContaining('sedge publishers key') as string,
    });
  });
});

describe('publisherKeyPath', () => {
  it('is the setting, or lies in the home folder', () => {
    expect(publisherKeyPath('/keys/mine', '/home/a')).toBe('/keys/mine');
    expect(publisherKeyPath(undefined, '/home/a')).toBe('/home/a/.sedge/publisher.key');
  });
});
