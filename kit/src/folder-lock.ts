import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
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

const LOCK_NAME = 'lock';

const holder = z.object({ processId: z.int().positive(), birth: z.string() });
type Holder = z.infer<typeof holder>;

/**
 * One process per folder, made if it is missing. The lock of a process that is gone is taken over.
 * Throws STATE_LOCKED, and STATE_UNREADABLE when the folder cannot be used.
 * It does not see processes of other machines or containers that share the folder.
 */
export async function lockFolder(folder: string, processes: ProcessTable): Promise<FolderLock> {
  const path = join(folder, LOCK_NAME);
  const own: Holder = { processId: processes.ownId, birth: (await processes.birthOf(processes.ownId)) ?? '' };
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await claim(path, own, processes);
  } catch (cause) {
    if (cause instanceof SedgeError) throw cause;
    throw new SedgeError('STATE_UNREADABLE', `the folder ${folder} cannot be locked`, { cause, expose: true });
  }
  return { release: () => releaseLock(path, own) };
}

async function claim(path: string, own: Holder, processes: ProcessTable): Promise<void> {
  if (await createLock(path, own)) return;
  const text = await readIfThere(path);
  if (text !== undefined) await removeIfStale(path, text, processes);
  if (!(await createLock(path, own))) throw locked(path, 'another process was faster');
}

/** False if there is one already. A link appears with its whole content; a file would be seen empty for a moment. */
async function createLock(path: string, own: Holder): Promise<boolean> {
  const temporaryPath = `${path}.${newCode(systemRandomness)}`;
  await writeFile(temporaryPath, JSON.stringify(own), { mode: 0o600, flag: 'wx' });
  try {
    await link(temporaryPath, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporaryPath, { force: true });
  }
}

async function removeIfStale(path: string, text: string, processes: ProcessTable): Promise<void> {
  const found = parseHolder(text);
  if (found !== undefined && (await processes.birthOf(found.processId)) === found.birth) {
    throw locked(path, `process ${found.processId} holds it`);
  }
  await moveAway(path, text);
}

/**
 * Takes away exactly the lock that was read. If another process replaced it meanwhile, its lock is put back. Between
 * the two a third process could slip in: that takes three starts within microseconds after a crash.
 */
async function moveAway(path: string, text: string): Promise<void> {
  const asidePath = `${path}.${newCode(systemRandomness)}`;
  try {
    await rename(path, asidePath);
  } catch (error) {
    // Somebody else took it away.
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  try {
    if ((await readFile(asidePath, 'utf8')) === text) return;
    await link(asidePath, path);
  } finally {
    await rm(asidePath, { force: true });
  }
}

async function releaseLock(path: string, own: Holder): Promise<void> {
  if ((await readIfThere(path)) === JSON.stringify(own)) await rm(path, { force: true });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
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

function locked(path: string, why: string): SedgeError {
  return new SedgeError('STATE_LOCKED', `${path}: ${why}`, { expose: true });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
