import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loadKeyFile, saveKeyFile, syncFolder, writeFileAtomic } from '@sedge/kit';
import { nodeId, projectId, publicKeyText, publisher, SedgeError, type KeyPair } from '@sedge/protocol';
import { z } from 'zod';
import { hasCode, readJsonIfThere } from '../storage/read-file.ts';
import { identityFolder, type IdentityFolder } from './agent-folder.ts';

export const PUBLISHERS_MAX = 100;

/** Who this node is, and whom it trusts: pinned at enrolment, changed only by an operator on the node. */
const identityFile = z.object({
  schema: z.literal('sedge.identity/v1'),
  node: nodeId,
  name: z.string(),
  project: projectId,
  coordinator: z.object({ url: z.url(), publicKey: publicKeyText }),
  mqttUrl: z.url(),
  publishers: z.array(publisher).max(PUBLISHERS_MAX),
  /** The coordinator's clock minus ours, when we enrolled. */
  clockOffsetMs: z.number(),
  enrolledAt: z.iso.datetime(),
});
export type Identity = z.infer<typeof identityFile>;

export interface HeldIdentity {
  readonly folder: IdentityFolder;
  readonly identity: Identity;
  readonly key: KeyPair;
}

/** Throws NOT_ENROLLED, STATE_UNREADABLE. */
export async function loadIdentity(folder: IdentityFolder): Promise<HeldIdentity> {
  const identity = await readIdentity(folder);
  const key = await loadKeyFile(folder.key);
  if (key === undefined) throw notEnrolled(folder);
  return { folder, identity, key };
}

/** Without its key. Throws NOT_ENROLLED, STATE_UNREADABLE. */
export async function readIdentity(folder: IdentityFolder): Promise<Identity> {
  const identity = await readJsonIfThere(folder.identity, identityFile);
  if (identity === undefined) throw notEnrolled(folder);
  return identity;
}

/** As it stands in its file. */
export function identityText(identity: Identity): string {
  return `${JSON.stringify(identity, undefined, 2)}\n`;
}

/** Stores key and identity together or not at all. Throws ALREADY_ENROLLED, STATE_UNREADABLE. */
export async function storeIdentity({ folder, identity, key }: HeldIdentity): Promise<void> {
  const fresh = identityFolder(folder.number, `${folder.root}.${randomUUID()}.tmp`);
  try {
    await mkdir(dirname(folder.root), { recursive: true, mode: 0o700 });
    await mkdir(fresh.root, { mode: 0o700 });
    await saveKeyFile(fresh.key, key);
    await writeFileAtomic(fresh.identity, identityText(identity));
    // A folder is renamed onto another one only while that is empty, so that no identity is ever overwritten.
    await rename(fresh.root, folder.root);
    await syncFolder(dirname(folder.root));
  } catch (cause) {
    await rm(fresh.root, { recursive: true, force: true });
    if (hasCode(cause, 'ENOTEMPTY') || hasCode(cause, 'EEXIST')) throw alreadyEnrolled(folder);
    throw new SedgeError('STATE_UNREADABLE', `${folder.root} cannot be written`, { cause, expose: true });
  }
}

export function alreadyEnrolled({ root }: IdentityFolder): SedgeError {
  return new SedgeError('ALREADY_ENROLLED', root, { expose: true });
}

function notEnrolled({ root }: IdentityFolder): SedgeError {
  return new SedgeError('NOT_ENROLLED', `${root} holds no identity`, { expose: true });
}
