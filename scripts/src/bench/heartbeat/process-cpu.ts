import { readFile } from 'node:fs/promises';
import { SedgeError } from '@sedge/protocol';

/** Fields of /proc/<pid>/stat, counted behind the name in brackets (proc(5): utime is field 14, stime field 15). */
const USER_FIELD = 11;
const SYSTEM_FIELD = 12;
/** USER_HZ, which is 100 on every Linux architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process has used so far, all its threads together. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch((cause: unknown) => {
    throw new SedgeError('INTERNAL', 'processor time of other processes is read from /proc, which is not here', {
      cause,
    });
  });
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD])) / TICKS_PER_SECOND;
}
