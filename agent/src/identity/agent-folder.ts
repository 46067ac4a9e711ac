import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SedgeError } from '@sedge/protocol';
import { isMissing } from '../storage/read-file.ts';

/** Where things lie in the folder of an agent. Identities are numbered from 1. */
export interface AgentFolder {
  readonly root: string;
  readonly lock: string;
  readonly status: string;
  readonly cache: string;
  /** What is kept from running. */
  readonly quarantine: string;
  /** What was measured of engines. */
  readonly engines: string;
  /** Rounds that programs of the owner train right now. */
  readonly rounds: string;
  /** What programs on this machine show at the local door. */
  readonly localToken: string;
  readonly identities: string;
  identity(number: number): IdentityFolder;
}

export interface IdentityFolder {
  readonly number: number;
  readonly root: string;
  readonly key: string;
  readonly identity: string;
  readonly twin: string;
  readonly datasets: string;
  /** Programs of the owner that train. */
  readonly trainers: string;
}

export function agentFolder(root: string): AgentFolder {
  const identities = join(root, 'identities');
  return {
    root,
    lock: join(root, 'lock'),
    status: join(root, 'status.json'),
    cache: join(root, 'cache'),
    quarantine: join(root, 'quarantine'),
    engines: join(root, 'engines.json'),
    rounds: join(root, 'rounds'),
    localToken: join(root, 'local-token'),
    identities,
    identity: (number) => identityFolder(number, join(identities, String(number))),
  };
}

export function identityFolder(number: number, root: string): IdentityFolder {
  return {
    number,
    root,
    key: join(root, 'key'),
    identity: join(root, 'identity.json'),
    twin: join(root, 'twin.json'),
    datasets: join(root, 'datasets'),
    trainers: join(root, 'trainers'),
  };
}

/** The numbers of the identities in a folder, in order. Throws STATE_UNREADABLE. */
export async function identityNumbers(folder: AgentFolder): Promise<number[]> {
  try {
    const names = await readdir(folder.identities);
    return names
      .filter((name) => /^[1-9]\d{0,5}$/.test(name))
      .map(Number)
      .sort((left, right) => left - right);
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw new SedgeError('STATE_UNREADABLE', `${folder.identities} cannot be read`, { cause, expose: true });
  }
}
