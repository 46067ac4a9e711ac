import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** The series of the Numenta Anomaly Benchmark lie beside the checkout where somebody put them. */
const folder = new URL('../../../../shared/data/nab/', import.meta.url);

export const hasNab = existsSync(folder);
export const NAB_REASON = 'needs the series in ../shared/data/nab, which are not here';

export interface NabSeries {
  readonly name: string;
  readonly timesMs: readonly number[];
  readonly values: Float32Array;
  /** Begin and end of the labelled anomalies. */
  readonly windows: readonly (readonly [number, number])[];
  /** Between most of its points. */
  readonly stepMs: number;
}

export async function readNab(): Promise<NabSeries[]> {
  const labelled = JSON.parse(await readFile(new URL('windows.json', folder), 'utf8')) as Record<string, string[][]>;
  return Promise.all(Object.entries(labelled).map(([name, windows]) => readSeries(name, windows)));
}

async function readSeries(name: string, windows: readonly string[][]): Promise<NabSeries> {
  const lines = (await readFile(new URL(name, folder), 'utf8')).trim().split('\n').slice(1);
  const points = lines.map((line) => line.split(','));
  return {
    name,
    timesMs: points.map(([time = '']) => timeMs(time)),
    values: Float32Array.from(points, ([, value]) => Number(value)),
    windows: windows.map(([begin = '', end = '']) => [timeMs(begin), timeMs(end)]),
    stepMs: name.endsWith('nyc_taxi.csv') ? 1_800_000 : 300_000,
  };
}

/** Local time without a zone: only differences matter. */
function timeMs(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

export interface NabResult {
  readonly windows: number;
  readonly hit: number;
  /** Alarms outside the windows: anomalies that are less than an hour apart are one alarm. */
  readonly falseAlarms: number;
  /** The same, with only points that follow each other made into one. */
  readonly falseRuns: number;
  readonly points: number;
}

/** Counts from the point `first` on. */
export function judge({ timesMs, windows }: NabSeries, anomalies: readonly boolean[], first: number): NabResult {
  const isIn = (atMs: number, [begin, end]: readonly [number, number]): boolean => atMs >= begin && atMs <= end;
  const flagged = [...anomalies.keys()].filter((index) => index >= first && (anomalies[index] ?? false));
  const timeOf = (index: number): number => timesMs[index] ?? 0;
  const outside = flagged.filter((index) => !windows.some((window) => isIn(timeOf(index), window)));
  return {
    windows: windows.length,
    hit: windows.filter((window) => flagged.some((index) => isIn(timeOf(index), window))).length,
    falseAlarms: outside.filter((index, at) => timeOf(index) - timeOf(outside[at - 1] ?? -1) > HOUR_MS || at === 0)
      .length,
    falseRuns: outside.filter((index, at) => index - (outside[at - 1] ?? -2) > 1).length,
    points: timesMs.length - first,
  };
}

const HOUR_MS = 3_600_000;
