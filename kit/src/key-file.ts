import { readFile, stat } from 'node:fs/promises';
import { fromBase64Url, type KeyPair, SedgeError, toBase64Url } from '@sedge/protocol';
import { z } from 'zod';
import { writeFileAtomic } from './atomic-file.ts';
import { keyPairFromSeed, nodeCrypto } from './crypto.ts';

/** Both halves are written down, so that a damaged seed is noticed and does not become another identity. */
const keyFile = z.strictObject({
  kind: z.literal('sedge-ed25519'),
  publicKey: z.string(),
  secretSeed: z.string(),
});

/** The key pair of a file. A new one is made and stored if there is no file. Throws STATE_UNREADABLE. */
export async function loadOrCreateKeyFile(path: string): Promise<KeyPair> {
  const known = await loadKeyFile(path);
  if (known !== undefined) return known;
  const made = nodeCrypto.generateKeyPair();
  await saveKeyFile(path, made);
  return made;
}

/**
 * Undefined if there is no file. Throws STATE_UNREADABLE when others on the machine may read it, or when it is damaged:
 * making a new key in silence would lose the identity.
 */
export async function loadKeyFile(path: string): Promise<KeyPair | undefined> {
  const text = await readPrivately(path);
  return text === undefined ? undefined : parseKeyFile(path, text);
}

/** Replaces what is there. Only the owner may read the file. Throws STATE_UNREADABLE. */
export async function saveKeyFile(path: string, { publicKey, secretSeed }: KeyPair): Promise<void> {
  const content = {
    kind: 'sedge-ed25519',
    publicKey: toBase64Url(publicKey),
    secretSeed: toBase64Url(secretSeed),
  } satisfies z.infer<typeof keyFile>;
  try {
    await writeFileAtomic(path, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new SedgeError('STATE_UNREADABLE', `the key file ${path} cannot be written`, { cause, expose: true });
  }
}

async function readPrivately(path: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path);
    // Windows knows no such permissions: Node reports what the owner may do for everybody there.
    if ((mode & 0o077) !== 0) throw unreadable(path, 'may be read or changed by others: run chmod 600 on it');
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof SedgeError) throw cause;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw unreadable(path, 'cannot be read', cause);
  }
}

function parseKeyFile(path: string, text: string): KeyPair {
  const parsed = keyFile.safeParse(jsonOf(text));
  if (!parsed.success) throw unreadable(path, 'is damaged');
  const seed = fromBase64Url(parsed.data.secretSeed);
  if (seed?.byteLength !== 32) throw unreadable(path, 'is damaged: the seed does not have 32 bytes');
  const pair = keyPairFromSeed(seed);
  if (toBase64Url(pair.publicKey) !== parsed.data.publicKey) {
    throw unreadable(path, 'is damaged: the two halves of the key do not belong together');
  }
  return pair;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error of the parser quotes the text, which holds a secret; the caller says that the file is damaged.
    return undefined;
  }
}

function unreadable(path: string, why: string, cause?: unknown): SedgeError {
  return new SedgeError('STATE_UNREADABLE', `the key file ${path} ${why}`, { cause, expose: true });
}
