import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { keyPairFromSeed, nodeCrypto } from '@sedge/kit';
import { fromBase64, SedgeError, toBase64, type KeyPair } from '@sedge/protocol';

/** Where the key lies unless SEDGE_PUBLISHER_KEY says otherwise. */
export function publisherKeyPath(configured: string | undefined, homeFolder: string): string {
  return configured ?? join(homeFolder, '.sedge', 'publisher.key');
}

/** The key in the file. Throws CONFIG_INVALID when there is none, or the file holds something else. */
export async function readPublisherKey(path: string): Promise<KeyPair> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SedgeError('CONFIG_INVALID', `no publisher key at ${path}; make one with "sedge publishers key"`, {
      cause,
      expose: true,
    });
  });
  const seed = fromBase64(text.trim());
  if (seed?.byteLength === 32) return keyPairFromSeed(seed);
  throw new SedgeError('CONFIG_INVALID', `${path} holds no publisher key: one line of 44 base64 characters`, {
    expose: true,
  });
}

/** Writes a key that was made elsewhere, readable by its owner alone; never over one that lies there. */
export async function savePublisherKey(path: string, key: KeyPair): Promise<void> {
  await writeFile(path, `${toBase64(key.secretSeed)}\n`, { mode: 0o600, flag: 'wx' });
}

/** The key in the file; the first call makes it, readable by its owner alone. */
export async function openPublisherKey(path: string): Promise<{ readonly key: KeyPair; readonly made: boolean }> {
  const key = nodeCrypto.generateKeyPair();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await savePublisherKey(path, key);
    return { key, made: true };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return { key: await readPublisherKey(path), made: false };
  }
}
