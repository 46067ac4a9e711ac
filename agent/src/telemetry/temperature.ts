import type { BoardSource } from './board-source.ts';

const THERMAL = '/sys/class/thermal';
/** Jetson boards have a zone that always reads 100 °C: it stands for a switch, not for a sensor. */
const NO_SENSORS: ReadonlySet<string> = new Set(['PMIC-Die']);

/** The hottest sensor of the board, in degrees Celsius (Linux: thermal/sysfs-api, temp is in millidegrees). */
export async function temperatureC(board: Pick<BoardSource, 'list' | 'readText'>): Promise<number | undefined> {
  const zones = (await board.list(THERMAL)).filter((name) => name.startsWith('thermal_zone'));
  const readings = await Promise.all(zones.map((zone) => zoneC(board, `${THERMAL}/${zone}`)));
  const plausible = readings.filter((reading) => reading !== undefined);
  return plausible.length === 0 ? undefined : Math.max(...plausible);
}

async function zoneC(board: Pick<BoardSource, 'readText'>, zone: string): Promise<number | undefined> {
  if (NO_SENSORS.has((await board.readText(`${zone}/type`))?.trim() ?? '')) return undefined;
  const text = (await board.readText(`${zone}/temp`))?.trim();
  if (text === undefined || !/^-?\d+$/.test(text)) return undefined;
  const celsius = Number(text) / 1000;
  return celsius > -60 && celsius < 200 ? celsius : undefined;
}
