import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeFileAtomic } from '../src/index.ts';
import { temporaryFolder } from '../src/testing/index.ts';

describe('writeFileAtomic', () => {
  it('makes and replaces a file, and leaves nothing beside it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'state');
    await writeFileAtomic(path, 'old');
    await writeFileAtomic(path, Buffer.from('new'));
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(folder.path)).toEqual(['state']);
  });

  it('lets only the owner read, unless told otherwise', async () => {
    await using folder = await temporaryFolder();
    await writeFileAtomic(join(folder.path, 'secret'), '');
    await writeFileAtomic(join(folder.path, 'open'), '', { mode: 0o644 });
    expect((await stat(join(folder.path, 'secret'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder.path, 'open'))).mode & 0o777).toBe(0o644);
  });

  it('keeps the old content and cleans up when it fails', async () => {
    await using folder = await temporaryFolder();
    // A folder with something in it cannot be replaced by a file.
    await mkdir(join(folder.path, 'taken'));
    await writeFile(join(folder.path, 'taken', 'x'), 'old');
    await expect(writeFileAtomic(join(folder.path, 'taken'), 'new')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(await readdir(folder.path)).toEqual(['taken']);
    expect(await readFile(join(folder.path, 'taken', 'x'), 'utf8')).toBe('old');
  });

  it('survives many writers of one file: one of them wins whole', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'state');
    const contents = Array.from({ length: 8 }, (_, index) => String(index).repeat(50_000));
    await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
    expect(contents).toContain(await readFile(path, 'utf8'));
  });
});
