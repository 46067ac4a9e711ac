import type { Resources } from '@sedge/protocol';
import type { BoardSource } from './board-source.ts';

type Gpu = NonNullable<Resources['gpu']>;
type Files = Pick<BoardSource, 'list' | 'readText'>;

const FREQUENCIES = '/sys/class/devfreq';
const CARDS = '/sys/class/drm';
/** The graphics units of Tegra chips, by the name that their driver has there. */
const TEGRA = /gpu|gp10b|gv11b|ga10b|gb10b/;
/** Drivers of the Raspberry Pi's graphics: they tell that it is there, not how busy it is. */
const NAMED_DRIVERS: ReadonlyMap<string, string> = new Map([
  ['v3d', 'VideoCore V3D'],
  ['vc4-drm', 'VideoCore'],
  ['vc4_drm', 'VideoCore'],
]);

/** The first graphics unit that the board tells of. */
export async function gpuOf(board: Files): Promise<Gpu | undefined> {
  return (await tegra(board)) ?? (await card(board));
}

async function tegra(board: Files): Promise<Gpu | undefined> {
  for (const name of await board.list(FREQUENCIES)) {
    if (!TEGRA.test(name)) continue;
    // The driver counts in thousandths.
    const usedFraction = fractionOf(await board.readText(`${FREQUENCIES}/${name}/device/load`), 1000);
    if (usedFraction !== undefined) return { name: 'NVIDIA Tegra', usedFraction };
  }
  return undefined;
}

async function card(board: Files): Promise<Gpu | undefined> {
  for (const name of await board.list(CARDS)) {
    if (!/^card\d+$/.test(name)) continue;
    const driver = /^DRIVER=(\S+)$/m.exec((await board.readText(`${CARDS}/${name}/device/uevent`)) ?? '')?.[1];
    if (driver === undefined) continue;
    const usedFraction = fractionOf(await board.readText(`${CARDS}/${name}/device/gpu_busy_percent`), 100);
    if (usedFraction !== undefined) return { name: driver, usedFraction };
    const known = NAMED_DRIVERS.get(driver);
    if (known !== undefined) return { name: known };
  }
  return undefined;
}

function fractionOf(text: string | undefined, whole: number): number | undefined {
  if (text === undefined || !/^\d+$/.test(text.trim())) return undefined;
  return Math.min(1, Number(text.trim()) / whole);
}
