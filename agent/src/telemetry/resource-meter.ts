import type { Resources } from '@sedge/protocol';
import type { BoardSource, CpuTimes } from './board-source.ts';
import { gpuOf } from './gpu.ts';
import { temperatureC } from './temperature.ts';

/** Reads the board; how busy the processor is comes from the difference to the reading before. */
export class ResourceMeter {
  readonly #board: BoardSource;
  readonly #diskPath: string;
  #before: readonly CpuTimes[] | undefined;

  constructor(board: BoardSource, diskPath: string) {
    this.#board = board;
    this.#diskPath = diskPath;
  }

  async read(): Promise<Resources> {
    const board = this.#board;
    const [disk, gpu, temperature] = await Promise.all([board.disk(this.#diskPath), gpuOf(board), temperatureC(board)]);
    return {
      cpu: this.#cpu(),
      memory: board.memory(),
      uptimeS: board.uptimeS(),
      ...(disk && { disk }),
      ...(gpu && { gpu }),
      ...(temperature !== undefined && { temperatureC: temperature }),
    };
  }

  #cpu(): Resources['cpu'] {
    const now = this.#board.cpus();
    const usedFraction = this.#before && usedFractionBetween(this.#before, now);
    this.#before = now;
    const load1 = this.#board.loadAverage1();
    return { cores: Math.max(1, now.length), load1, ...(usedFraction !== undefined && { usedFraction }) };
  }
}

/** The busy part of the time between two readings; undefined when no time went by or a core came or went. */
export function usedFractionBetween(before: readonly CpuTimes[], now: readonly CpuTimes[]): number | undefined {
  if (before.length !== now.length) return undefined;
  const busyMs = sum(now, 'busyMs') - sum(before, 'busyMs');
  const totalMs = busyMs + sum(now, 'idleMs') - sum(before, 'idleMs');
  if (totalMs <= 0) return undefined;
  return Math.min(1, Math.max(0, busyMs / totalMs));
}

function sum(times: readonly CpuTimes[], field: 'busyMs' | 'idleMs'): number {
  return times.reduce((total, core) => total + core[field], 0);
}
