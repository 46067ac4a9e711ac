import type { Resources } from '@sedge/protocol';
import type { BoardSource } from './board-source.ts';
import { wholeNumber } from './whole-number.ts';

type Files = Pick<BoardSource, 'list' | 'readText'>;

/** Linux: ABI/testing/sysfs-class-power. Currents are in µA, voltages in µV, powers in µW. */
const SUPPLIES = '/sys/class/power_supply';

export interface BatteryReading {
  readonly battery: NonNullable<Resources['battery']>;
  /** What the board draws from it; undefined while it is charged, because the charger gives that. */
  readonly powerW?: number;
}

interface Battery {
  readonly chargeFraction: number;
  readonly discharging: boolean;
  readonly powerW: number | undefined;
}

/** All batteries of the board as one; those of a mouse or a headset are none of it. */
export async function batteryOf(board: Files): Promise<BatteryReading | undefined> {
  const names = await board.list(SUPPLIES);
  const read = await Promise.all(names.map((name) => oneBattery(board, `${SUPPLIES}/${name}`)));
  const found = read.filter((battery) => battery !== undefined);
  if (found.length === 0) return undefined;
  const chargeFraction = sum(found.map((battery) => battery.chargeFraction)) / found.length;
  const discharging = found.some((battery) => battery.discharging);
  const powers = found.flatMap(({ powerW }) => powerW ?? []);
  return {
    battery: { chargeFraction, discharging },
    ...(discharging && powers.length > 0 && { powerW: sum(powers) }),
  };
}

async function oneBattery(board: Files, folder: string): Promise<Battery | undefined> {
  const text = async (file: string): Promise<string | undefined> => (await board.readText(`${folder}/${file}`))?.trim();
  if ((await text('type')) !== 'Battery' || (await text('scope')) === 'Device') return undefined;
  const percent = wholeNumber(await text('capacity'));
  if (percent === undefined) return undefined;
  const discharging = (await text('status')) === 'Discharging';
  return {
    chargeFraction: Math.min(1, Math.max(0, percent / 100)),
    discharging,
    powerW: discharging ? await drawnW(text) : undefined,
  };
}

/** Some drivers tell a current as negative while the battery is emptied. */
async function drawnW(text: (file: string) => Promise<string | undefined>): Promise<number | undefined> {
  const power = wholeNumber(await text('power_now'));
  if (power !== undefined) return Math.abs(power) / 1e6;
  const current = wholeNumber(await text('current_now'));
  const voltage = wholeNumber(await text('voltage_now'));
  return current === undefined || voltage === undefined ? undefined : (Math.abs(current) * voltage) / 1e12;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
