import { lockFolder, writeFileAtomic, type ProcessTable } from '@sedge/kit';
import { fromBase64, keyIdOf, SedgeError, type Crypto, type KeyId, type Publisher } from '@sedge/protocol';
import type { IdentityFolder } from './agent-folder.ts';
import { identityText, PUBLISHERS_MAX, readIdentity } from './identity.ts';

type Digests = Pick<Crypto, 'sha256'>;

/**
 * Rewrites whom an identity trusts, and nothing else; the key of the node is not touched. A running agent reads it anew.
 * Throws NOT_ENROLLED, STATE_LOCKED while another command does the same, STATE_UNREADABLE, and what `change` throws.
 */
export async function changePins(
  folder: IdentityFolder,
  processes: ProcessTable,
  change: (before: readonly Publisher[]) => Publisher[],
): Promise<void> {
  // Asked first, because a lock would make the folder.
  await readIdentity(folder);
  const lock = await lockFolder(folder.root, processes);
  try {
    const identity = await readIdentity(folder);
    await writeFileAtomic(folder.identity, identityText({ ...identity, publishers: change(identity.publishers) }));
  } finally {
    await lock.release();
  }
}

/** A key that is pinned already gets the new name. A name may have several keys, while one takes over from another. */
export function withPin(before: readonly Publisher[], added: Publisher): Publisher[] {
  const others = before.filter(({ publicKey }) => publicKey !== added.publicKey);
  if (others.length < PUBLISHERS_MAX) return [...others, added];
  throw new SedgeError('USAGE', `${PUBLISHERS_MAX} publishers are pinned already`, { expose: true });
}

/** Without the publishers of that name, or the one of that key id. */
export function withoutPin(crypto: Digests, before: readonly Publisher[], word: string): Publisher[] {
  return before.filter((one) => one.name !== word && pinnedKeyId(crypto, one) !== word);
}

export function pinnedKeyId(crypto: Digests, { publicKey }: Publisher): KeyId {
  return keyIdOf(crypto, fromBase64(publicKey) ?? new Uint8Array());
}
