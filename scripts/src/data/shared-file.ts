import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseIdx, parseNpy, readSourceFile } from '@sedge/agent';
import { dataPlaces } from './find-data.ts';

/** From scripts/src/data and scripts/dist/data alike. */
const checkout = fileURLToPath(new URL('../../..', import.meta.url));
const BYTES_MAX = 256 * 1024 * 1024;

/** The folder of a data set where it lies on this machine; undefined where it does not. Nothing is downloaded. */
export function dataFolder(name: string): string | undefined {
  const { dataDir, sharedDir } = dataPlaces(process.env, homedir(), checkout);
  const places = [...(dataDir === undefined ? [] : [dataDir]), sharedDir];
  return places.map((place) => join(place, name)).find((folder) => existsSync(folder));
}

/** One array, compressed or not, in the format of MNIST. */
export async function idxValues(path: string): Promise<ArrayLike<number>> {
  return parseIdx(await readSourceFile(path, BYTES_MAX)).values;
}

/** One array, compressed or not, in numpy's format. */
export async function npyValues(path: string): Promise<ArrayLike<number>> {
  return parseNpy(await readSourceFile(path, BYTES_MAX)).values;
}

/** Lines of a table with a header, as records; no cell may hold a comma. */
export async function csvRecords(path: string): Promise<Record<string, string>[]> {
  const { content } = await readSourceFile(path, BYTES_MAX);
  const [header = '', ...lines] = new TextDecoder().decode(content).trimEnd().split('\n');
  const names = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, column) => [name, cells[column] ?? '']));
  });
}
