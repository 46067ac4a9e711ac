import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pid, platform } from 'node:process';
import { describe, expect, it } from 'vitest';
import { lockFolder, type ProcessTable, systemProcesses } from '../src/index.ts';
import { temporaryFolder } from '../src/testing/index.ts';

/** A machine on which these processes live, each with the moment of its birth. */
function machine(births: Record<number, string>) {
  return (ownId: number): ProcessTable => ({ ownId, birthOf: (id) => Promise.resolve(births[id]) });
}

describe('lockFolder', () => {
  it('lets one process in, and the next after its release', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'made', 'here');
    const as = machine({ 1: 'a', 2: 'b' });
    const lock = await lockFolder(path, as(1));
    await expect(lockFolder(path, as(2))).rejects.toMatchObject({ code: 'STATE_LOCKED' });
    await lock.release();
    await lock.release();
    const next = await lockFolder(path, as(2));
    expect(await readdir(path)).toHaveLength(1);
    await next.release();
    expect(await readdir(path)).toEqual([]);
  });

  it('locks out a second start within the same process', async () => {
    await using folder = await temporaryFolder();
    const as = machine({ 1: 'a' });
    await lockFolder(folder.path, as(1));
    await expect(lockFolder(folder.path, as(1))).rejects.toMatchObject({ code: 'STATE_LOCKED' });
  });

  it('takes over the lock of a process that is gone', async () => {
    await using folder = await temporaryFolder();
    const stale = await lockFolder(folder.path, machine({ 1: 'a' })(1));
    const as = machine({ 2: 'b' });
    await lockFolder(folder.path, as(2));
    await expect(lockFolder(folder.path, as(2))).rejects.toMatchObject({ code: 'STATE_LOCKED' });
    // The one before must not open what is no longer its own.
    await stale.release();
    expect(await readdir(folder.path)).toHaveLength(1);
    await expect(lockFolder(folder.path, as(2))).rejects.toMatchObject({ code: 'STATE_LOCKED' });
  });

  it('takes over after a power cut, when another process has the same id', async () => {
    await using folder = await temporaryFolder();
    await lockFolder(folder.path, machine({ 7: 'first boot' })(7));
    const other = await lockFolder(folder.path, machine({ 7: 'second boot', 8: 'x' })(8));
    await other.release();
    await lockFolder(folder.path, machine({ 7: 'second boot' })(7));
    await expect(lockFolder(folder.path, machine({ 7: 'third boot' })(7))).resolves.toBeDefined();
  });

  it('leaves other files alone', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['lock', 'lock.json.bak', 'blobs']) await writeFile(join(folder.path, name), '');
    const lock = await lockFolder(folder.path, machine({ 1: 'a' })(1));
    await lock.release();
    expect((await readdir(folder.path)).sort()).toEqual(['blobs', 'lock', 'lock.json.bak']);
  });

  it.each(['', '{', '{"processId":-1}', 'x'.repeat(10_000)])('takes over a damaged lock (%#)', async (content) => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'lock.old'), content);
    await expect(lockFolder(folder.path, machine({ 1: 'a' })(1))).resolves.toBeDefined();
  });

  it('lets at most one of many in that come at once upon a stale lock', async () => {
    const numbers = Array.from({ length: 20 }, (_, index) => 100 + index);
    const as = machine(Object.fromEntries(numbers.map((number) => [number, `born ${number}`])));
    for (let round = 0; round < 10; round += 1) {
      await using folder = await temporaryFolder();
      await lockFolder(folder.path, machine({ 1: 'gone' })(1));
      const results = await Promise.allSettled(numbers.map((number) => lockFolder(folder.path, as(number))));
      const held = results.filter(({ status }) => status === 'fulfilled').length;
      const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'STATE_LOCKED'));
      expect(held).toBeLessThanOrEqual(1);
      expect(new Set(codes)).toEqual(new Set(['STATE_LOCKED']));
      // Whoever withdrew left nothing behind that would lock out the next one.
      const next = await lockFolder(folder.path, as(100)).then(
        () => 1,
        () => 0,
      );
      expect(held + next).toBe(1);
    }
  });

  it('says STATE_UNREADABLE of a folder that cannot be made', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), '');
    await mkdir(join(folder.path, 'other', 'lock.old'), { recursive: true });
    for (const name of ['file', 'other']) {
      const locked = lockFolder(join(folder.path, name), machine({ 1: 'a' })(1));
      await expect(locked).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
    }
  });
});

describe('systemProcesses', () => {
  it('knows this process, and not one that has ended', async () => {
    const processes = systemProcesses(pid);
    const ended = spawnSync('true').pid;
    expect(await processes.birthOf(pid)).toBe(await processes.birthOf(pid));
    expect(await processes.birthOf(pid)).toBeDefined();
    expect(await processes.birthOf(ended)).toBeUndefined();
  });

  it.runIf(platform === 'linux')('tells processes apart by boot and start', async () => {
    expect(await systemProcesses(pid).birthOf(pid)).toMatch(/^[0-9a-f-]{36} \d+$/);
  });
});
