import type { BoardSource, CpuTimes } from '../../src/telemetry/board-source.ts';

export interface FixtureBoard {
  readonly files?: Readonly<Record<string, string>>;
  readonly cpus?: () => readonly CpuTimes[];
  readonly processCpuMs?: () => number;
  /** What programs write, by their command line. */
  readonly programs?: Readonly<Record<string, string>>;
}

/** A board with these files; folders follow from their paths. */
export function fixtureBoard({ files = {}, cpus = () => [], processCpuMs = () => 0, programs = {} }: FixtureBoard) {
  const ran: string[] = [];
  const board: BoardSource & { readonly ran: readonly string[] } = {
    ran,
    platform: 'linux',
    release: '6.6.31+rpt-rpi-v8',
    arch: 'arm64',
    nodeVersion: 'v20.20.2',
    cpus,
    loadAverage1: () => 0.5,
    memory: () => ({ totalBytes: 8, availableBytes: 4, processBytes: 1 }),
    uptimeS: () => 10,
    processCpuMs,
    readText: async (path) => files[path],
    list: async (path) => [
      ...new Set(
        Object.keys(files)
          .filter((file) => file.startsWith(`${path}/`))
          .map((file) => file.slice(path.length + 1).split('/')[0] ?? ''),
      ),
    ],
    run: async (program, words) => {
      ran.push([program, ...words].join(' '));
      return programs[ran.at(-1) ?? ''];
    },
    disk: async () => ({ totalBytes: 100, freeBytes: 60 }),
  };
  return board;
}
