import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadKeyFile, loadOrCreateKeyFile, nodeCrypto, saveKeyFile } from '../src/index.ts';
import { temporaryFolder } from '../src/testing/index.ts';

describe('loadOrCreateKeyFile', () => {
  it('makes a key once, that only its owner can read', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'node.key');
    const made = await loadOrCreateKeyFile(path);
    expect(await loadOrCreateKeyFile(path)).toEqual(made);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const message = Buffer.from('hello');
    expect(nodeCrypto.verify(message, nodeCrypto.sign(message, made.secretSeed), made.publicKey)).toBe(true);
  });

  it.each([0o640, 0o604, 0o620])('refuses a file that others may use (%i)', async (mode) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'node.key');
    await loadOrCreateKeyFile(path);
    await chmod(path, mode);
    await expect(loadOrCreateKeyFile(path)).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
      detail: expect.stringContaining('chmod 600'),
    });
  });

  it.each([
    ['nothing', () => ''],
    ['half of it', (text: string) => text.slice(0, text.length / 2)],
    ['another kind', (text: string) => text.replace('sedge-ed25519', 'sedge-rsa')],
    ['another seed', (text: string) => text.replace(/"secretSeed":"..../, '"secretSeed":"AAAA')],
    ['a short seed', (text: string) => text.replace(/"secretSeed":"[^"]+"/, '"secretSeed":"AAAA"')],
    ['a seed that is no base64url', (text: string) => text.replace(/"secretSeed":"../, '"secretSeed":"?!')],
  ])('refuses a file with %s, and does not replace it', async (_name, damage) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'node.key');
    await loadOrCreateKeyFile(path);
    const damaged = damage(await readFile(path, 'utf8'));
    await writeFile(path, damaged);
    const error = await loadOrCreateKeyFile(path).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: 'STATE_UNREADABLE', detail: expect.stringContaining('is damaged') });
    expect(await readFile(path, 'utf8')).toBe(damaged);
  });

  it('refuses a folder in place of a file, and a folder that is not there', async () => {
    await using folder = await temporaryFolder();
    await expect(loadKeyFile(folder.path)).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
    await expect(loadOrCreateKeyFile(join(folder.path, 'no', 'key'))).rejects.toMatchObject({
      code: 'STATE_UNREADABLE',
    });
  });
});

describe('saveKeyFile', () => {
  it('replaces a key', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'node.key');
    await loadOrCreateKeyFile(path);
    const rotated = nodeCrypto.generateKeyPair();
    await saveKeyFile(path, rotated);
    expect(await loadKeyFile(path)).toEqual(rotated);
  });
});

describe('loadKeyFile', () => {
  it('says nothing of a file that is not there', async () => {
    await using folder = await temporaryFolder();
    expect(await loadKeyFile(join(folder.path, 'none'))).toBeUndefined();
  });
});
