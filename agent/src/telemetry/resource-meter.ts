import type { Resources } from '@sedge/protocol';
import type { BoardSource, CpuTimes } from './board-source.ts';
import { batteryOf } from './battery.ts';
import { gpuOf } from './gpu.ts';
import { powerW } from './power.ts';
import { temperatureC } from './temperature.ts';
import { ThrottlingMeter } from './throttling.ts';

/** Reads the board; how busy the processor is comes from the difference to the reading before. */
export class ResourceMeter {
  readonly #board: BoardSource;
  readonly #diskPath: string;
  readonly #throttling: ThrottlingMeter;
  #before: { readonly cores: readonly CpuTimes[]; readonly processMs: number } | undefined;

  constructor(board: BoardSource, diskPath: string) {
    this.#board = board;
    this.#diskPath = diskPath;
    this.#throttling = new ThrottlingMeter(board);
  }

  async read(): Promise<Resources> {
    const board = this.#board;
    const [disk, gpu, temperature, throttling, onBattery, measuredW] = await Promise.all([
      board.disk(this.#diskPath),
      gpuOf(board),
      temperatureC(board),
      this.#throttling.read(),
      batteryOf(board),
      powerW(board),
    ]);
    const drawnW = measuredW ?? onBattery?.powerW;
    return {
      cpu: this.#cpu(),
      memory: board.memory(),
      uptimeS: board.uptimeS(),
      ...(disk && { disk }),
      ...(gpu && { gpu }),
      ...(temperature !== undefined && { temperatureC: temperature }),
      ...(throttling && { throttling }),
      ...(onBattery && { battery: onBattery.battery }),
      ...(drawnW !== undefined && { powerW: drawnW }),
    };
  }

  #cpu(): Resources['cpu'] {
    const now = { cores: this.#board.cpus(), processMs: this.#board.processCpuMs() };
    const before = this.#before;
    this.#before = now;
    const load1 = this.#board.loadAverage1();
    const cores = Math.max(1, now.cores.length);
    const spent = before && spentBetween(before.cores, now.cores);
    if (before === undefined || spent === undefined) return { cores, load1 };
    return {
      cores,
      load1,
      usedFraction: fraction(spent.busyMs / spent.totalMs),
      processFraction: fraction((now.processMs - before.processMs) / spent.totalMs),
    };
  }
}

/** What all cores together spent between two readings; undefined when no time went by or a core came or went. */
export function spentBetween(
  before: readonly CpuTimes[],
  now: readonly CpuTimes[],
): { readonly busyMs: number; readonly totalMs: number } | undefined {
  if (before.length !== now.length) return undefined;
  const busyMs = sum(now, 'busyMs') - sum(before, 'busyMs');
  const totalMs = busyMs + sum(now, 'idleMs') - sum(before, 'idleMs');
  return totalMs > 0 ? { busyMs, totalMs } : undefined;
}

function fraction(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function sum(times: readonly CpuTimes[], field: 'busyMs' | 'idleMs'): number {
  return times.reduce((total, core) => total + core[field], 0);
}
