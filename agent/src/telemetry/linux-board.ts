import { execFile } from 'node:child_process';
import { readdir, readFile, statfs } from 'node:fs/promises';
import * as os from 'node:os';
import type { BoardSource, CpuTimes } from './board-source.ts';

export interface ProcessFacts {
  readonly nodeVersion: string;
  readonly arch: string;
  /** Resident memory of this process. */
  readonly residentBytes: () => number;
  /** Milliseconds of processor that this process has used. */
  readonly cpuMs: () => number;
}

/** Programs that tell of the board answer at once, with a line or two. */
const PROGRAM_TIMEOUT_MS = 1_000;
const PROGRAM_OUTPUT_BYTES_MAX = 4_096;
/** Where programs of boards lie; nothing else of the environment is passed on. */
const PROGRAM_PATH = '/usr/bin:/bin:/usr/local/bin:/opt/vc/bin';

/** The board that this process runs on. A reading that a board does not have is left out, never an error. */
export function linuxBoard({ nodeVersion, arch, residentBytes, cpuMs }: ProcessFacts): BoardSource {
  return {
    platform: os.platform(),
    release: os.release(),
    arch,
    nodeVersion,
    cpus: () => os.cpus().map(timesOf),
    loadAverage1: () => os.loadavg()[0] ?? 0,
    memory: () => ({ totalBytes: os.totalmem(), availableBytes: os.freemem(), processBytes: residentBytes() }),
    uptimeS: () => os.uptime(),
    processCpuMs: cpuMs,
    readText: (path) => readFile(path, 'utf8').catch(() => undefined),
    list: (path) => readdir(path).catch(() => []),
    run: programRunner(),
    disk,
  };
}

/** Remembers which programs there are not, so that they are not looked for with each reading. */
function programRunner(): BoardSource['run'] {
  const missing = new Set<string>();
  return (program, words) =>
    new Promise((resolve) => {
      if (missing.has(program)) return resolve(undefined);
      const options = { timeout: PROGRAM_TIMEOUT_MS, maxBuffer: PROGRAM_OUTPUT_BYTES_MAX, env: { PATH: PROGRAM_PATH } };
      execFile(program, [...words], options, (error, output) => {
        if (error?.code === 'ENOENT' || error?.code === 'EACCES') missing.add(program);
        resolve(error === null ? output : undefined);
      });
    });
}

function timesOf({ model, times }: os.CpuInfo): CpuTimes {
  return { model, idleMs: times.idle, busyMs: times.user + times.nice + times.sys + times.irq };
}

async function disk(path: string): Promise<{ totalBytes: number; freeBytes: number } | undefined> {
  const found = await statfs(path).catch(() => undefined);
  return found && { totalBytes: found.blocks * found.bsize, freeBytes: found.bavail * found.bsize };
}
