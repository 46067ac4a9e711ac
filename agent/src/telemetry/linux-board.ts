import { readdir, readFile, statfs } from 'node:fs/promises';
import * as os from 'node:os';
import type { BoardSource, CpuTimes } from './board-source.ts';

export interface ProcessFacts {
  readonly nodeVersion: string;
  readonly arch: string;
  /** Resident memory of this process. */
  readonly residentBytes: () => number;
}

/** The board that this process runs on. A reading that a board does not have is left out, never an error. */
export function linuxBoard({ nodeVersion, arch, residentBytes }: ProcessFacts): BoardSource {
  return {
    platform: os.platform(),
    release: os.release(),
    arch,
    nodeVersion,
    cpus: () => os.cpus().map(timesOf),
    loadAverage1: () => os.loadavg()[0] ?? 0,
    memory: () => ({ totalBytes: os.totalmem(), availableBytes: os.freemem(), processBytes: residentBytes() }),
    uptimeS: () => os.uptime(),
    readText: (path) => readFile(path, 'utf8').catch(() => undefined),
    list: (path) => readdir(path).catch(() => []),
    disk,
  };
}

function timesOf({ model, times }: os.CpuInfo): CpuTimes {
  return { model, idleMs: times.idle, busyMs: times.user + times.nice + times.sys + times.irq };
}

async function disk(path: string): Promise<{ totalBytes: number; freeBytes: number } | undefined> {
  const found = await statfs(path).catch(() => undefined);
  return found && { totalBytes: found.blocks * found.bsize, freeBytes: found.bavail * found.bsize };
}
