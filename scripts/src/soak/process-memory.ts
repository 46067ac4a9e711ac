import { readdir, readFile } from 'node:fs/promises';

/**
 * Proportional set size in bytes: what a process alone holds, and its share of what it holds with others. Undefined for
 * a process that has ended. Linux only.
 */
export async function proportionalBytes(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => undefined);
  const [, kibibytes] = /^Pss:\s+(\d+) kB$/m.exec(text ?? '') ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
}

/** The processes that a process started and that still run. */
export async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8')));
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}
