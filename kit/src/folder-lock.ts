import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kill } from 'node:process';
import { SedgeError } from '@sedge/protocol';
import { z } from 'zod';
import { newCode } from './id.ts';
import { systemRandomness } from './randomness.ts';

export interface FolderLock {
  /** Lets others in; fine twice. */
  release(): Promise<void>;
}

/** Who lives on this machine. */
export interface ProcessTable {
  readonly ownId: number;
  /**
   * Undefined if no process has this id; otherwise a text that another process with the same id would not have.
   * After a power cut the ids of a small board repeat, so the id alone would lock it out of its own folder.
   */
  birthOf(processId: number): Promise<string | undefined>;
}

/** Every process has a lock file of its own, so that nobody ever takes away one that he did not look at. */
const LOCK_NAME = /^lock\.[a-z0-9]+$/;

const holder = z.object({ processId: z.int().positive(), birth: z.string() });
type Holder = z.infer<typeof holder>;

/**
 * One process per folder, made if it is missing. The lock of a process that is gone is removed.
 * Throws STATE_LOCKED, and STATE_UNREADABLE when the folder cannot be used.
 * Of several that start in the same moment at most one gets in, perhaps none: each shows its lock before it looks for
 * others, so two of them cannot miss each other. Processes of other machines or containers that share the folder
 * count as gone.
 */
export async function lockFolder(folder: string, processes: ProcessTable): Promise<FolderLock> {
  const name = `lock.${newCode(systemRandomness)}`;
  const release = (): Promise<void> => rm(join(folder, name), { force: true });
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await showLock(folder, name, processes);
    await refuseIfHeld(folder, name, processes);
    return { release };
  } catch (cause) {
    await release().catch(() => undefined);
    if (cause instanceof SedgeError) throw cause;
    throw new SedgeError('STATE_UNREADABLE', `the folder ${folder} cannot be locked`, { cause, expose: true });
  }
}

/** Renamed into place, because an empty lock would look like a damaged one. */
async function showLock(folder: string, name: string, processes: ProcessTable): Promise<void> {
  const processId = processes.ownId;
  const own: Holder = { processId, birth: (await processes.birthOf(processId)) ?? '' };
  const hiddenPath = join(folder, `.${name}`);
  await writeFile(hiddenPath, JSON.stringify(own), { mode: 0o600, flag: 'wx' });
  await rename(hiddenPath, join(folder, name));
}

async function refuseIfHeld(folder: string, ownName: string, processes: ProcessTable): Promise<void> {
  const others = (await readdir(folder)).filter((name) => LOCK_NAME.test(name) && name !== ownName);
  for (const name of others) {
    const path = join(folder, name);
    const found = parseHolder(await readIfThere(path));
    if (found !== undefined && (await processes.birthOf(found.processId)) === found.birth) {
      throw new SedgeError('STATE_LOCKED', `${path}: process ${found.processId} holds it`, { expose: true });
    }
    await rm(path, { force: true });
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}

/** Undefined for text that no lock of ours has: it was damaged, and nobody can hold it. */
function parseHolder(text: string): Holder | undefined {
  try {
    return holder.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The processes of this machine. Births are known on Linux; elsewhere the process id alone has to do. */
export function systemProcesses(ownId: number): ProcessTable {
  return { ownId, birthOf: (processId) => (isAlive(processId) ? birthOnLinux(processId) : Promise.resolve(undefined)) };
}

function isAlive(processId: number): boolean {
  try {
    kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    return hasCode(error, 'EPERM');
  }
}

/** The boot of the machine, and the moment of the start within it (proc(5), /proc/[pid]/stat, field 22). */
async function birthOnLinux(processId: number): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const stat = await readFile(`/proc/${processId}/stat`, 'utf8');
    // The name in field 2 may hold spaces and brackets; the fields after its last bracket are plain.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${boot.trim()} ${fields[22 - 3] ?? ''}`;
  } catch {
    // No /proc here, or the process ended this moment; then its lock is found stale at the next attempt.
    return '';
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
