import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCrypto, systemRandomness } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrMakeToken, renewToken, TokenCheck } from '../../src/local-door/local-token.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sedge-token-'));
  path = join(folder, 'local-token');
});
afterEach(() => rm(folder, { recursive: true }));

const check = (clock = fakeClock()): TokenCheck => new TokenCheck({ path, clock, crypto: nodeCrypto });

describe('the token of the local door', () => {
  it('is made once, of 256 random bits, for the owner alone', async () => {
    const made = await loadOrMakeToken(path, systemRandomness);
    expect(made).toMatch(/^sedge_local_[\w-]{43}$/);
    expect(await loadOrMakeToken(path, systemRandomness)).toBe(made);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await renewToken(path, systemRandomness)).not.toBe(made);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is not taken from a file that others may read, or that is damaged', async () => {
    const token = await loadOrMakeToken(path, systemRandomness);
    await chmod(path, 0o644);
    await expect(loadOrMakeToken(path, systemRandomness)).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
    await expect(check().admit(`Bearer ${token}`)).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
    await renewToken(path, systemRandomness);
    await writeFile(path, 'sedge_local_');
    await expect(loadOrMakeToken(path, systemRandomness)).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
    expect(await readFile(path, 'utf8')).toBe('sedge_local_');
  });

  it('is good for nothing a second after it was renewed, and its successor is good at once', async () => {
    const clock = fakeClock();
    const door = check(clock);
    const old = await loadOrMakeToken(path, systemRandomness);
    await door.admit(`Bearer ${old}`);
    const fresh = await renewToken(path, systemRandomness);
    await clock.advance(1_000);
    await expect(door.admit(`Bearer ${old}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await door.admit(`bearer ${fresh}`);
    const next = await renewToken(path, systemRandomness);
    await door.admit(`Bearer ${next}`);
  });

  it('admits nobody where the file is gone', async () => {
    const token = await loadOrMakeToken(path, systemRandomness);
    await rm(path);
    await expect(check().admit(`Bearer ${token}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
