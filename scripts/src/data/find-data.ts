import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Clock } from '@sedge/kit';
import { drawnDigits } from './drawn-digits.ts';
import { formatDigits } from './digits-table.ts';
import { downloadDigits, type Fetch } from './download-digits.ts';
import { acceptPublished, type DigitsTables, PUBLISHED_DIGITS } from './published-digits.ts';

type DataOrigin = 'data-dir' | 'shared' | 'cache' | 'download' | 'drawn';

export interface FoundDigits extends DigitsTables {
  readonly origin: DataOrigin;
  /** For people: what it is and where it came from. */
  readonly words: string;
  /** The places that were looked at before, and why each was passed over. */
  readonly passedOver: readonly { readonly origin: DataOrigin; readonly reason: string }[];
}

export interface DataPlaces {
  /** SEDGE_DATA_DIR; not set when undefined. */
  readonly dataDir: string | undefined;
  /** Beside the checkout. */
  readonly sharedDir: string;
  /** The user's own; what is downloaded is kept here. */
  readonly cacheDir: string;
}

export interface DataSearch extends DataPlaces {
  /** No download is tried when undefined. */
  readonly fetch: Fetch | undefined;
  readonly clock: Pick<Clock, 'setTimer'>;
  /** For the whole download: a machine without network must not wait longer than this. */
  readonly timeoutMs?: number;
  /** Seeds the drawn digits. */
  readonly seed?: string;
}

/** Where data sets may lie, from the environment and the home of the user and the root of the checkout. */
export function dataPlaces(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
  checkout: string,
): DataPlaces {
  const caches = environment['XDG_CACHE_HOME'] || join(home, '.cache');
  return {
    dataDir: environment['SEDGE_DATA_DIR'] || undefined,
    sharedDir: join(checkout, '..', 'shared', 'data'),
    cacheDir: join(caches, 'sedge', 'data'),
  };
}

/** A place that had the data, or the reason why not. A note stands behind the words for people. */
type Outcome = (DigitsTables & { readonly note?: string }) | { readonly reason: string };

interface Step {
  readonly origin: DataOrigin;
  readonly words: string;
  readonly take: () => Promise<Outcome>;
}

/** The handwritten digits from the first place that has them; drawn ones where there are none. */
export async function findDigits(search: DataSearch): Promise<FoundDigits> {
  const passedOver: { origin: DataOrigin; reason: string }[] = [];
  for (const { origin, words, take } of steps(search)) {
    const outcome = await take();
    if ('reason' in outcome) {
      passedOver.push({ origin, reason: outcome.reason });
    } else {
      const { train, test, note = '' } = outcome;
      return { train, test, origin, words: `${words}${note}`, passedOver };
    }
  }
  const drawn = drawnDigits(search.seed ?? 'sedge');
  return { ...drawn, origin: 'drawn', words: 'digits drawn by this program (no real set was found)', passedOver };
}

function steps({ dataDir, sharedDir, cacheDir, fetch, clock, timeoutMs = 3_000 }: DataSearch): Step[] {
  const inFolder = (origin: DataOrigin, folder: string): Step => ({
    origin,
    words: `handwritten digits (UCI) in ${join(folder, 'digits')}`,
    take: () => fromFolder(folder),
  });
  const download: Step = {
    origin: 'download',
    words: `handwritten digits (UCI) from ${new URL(PUBLISHED_DIGITS.train.url).host}`,
    take: async () =>
      fetch === undefined ? { reason: 'no download was wanted' } : fromHome(cacheDir, { fetch, clock, timeoutMs }),
  };
  return [
    dataDir === undefined
      ? { origin: 'data-dir', words: '', take: async () => ({ reason: 'SEDGE_DATA_DIR is not set' }) }
      : inFolder('data-dir', dataDir),
    inFolder('shared', sharedDir),
    inFolder('cache', cacheDir),
    download,
  ];
}

async function fromFolder(folder: string): Promise<Outcome> {
  const inside = join(folder, 'digits');
  try {
    const train = await readFirst(inside, PUBLISHED_DIGITS.train.names);
    const test = await readFirst(inside, PUBLISHED_DIGITS.test.names);
    if (train === undefined || test === undefined) return { reason: `${inside} does not hold both files` };
    return acceptPublished({ train, test }) ?? { reason: `the files in ${inside} are not the published set` };
  } catch (error) {
    return { reason: `${inside} cannot be read: ${fileErrorCode(error)}` };
  }
}

async function readFirst(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const bytes = await readIfThere(join(folder, name));
    if (bytes !== undefined) return textOf(bytes);
  }
  return undefined;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(fileErrorCode(error))) return undefined;
    throw error;
  }
}

/** What the file system said; any other error is a fault of this program and goes on. */
function fileErrorCode(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && 'code' in error) return String(error.code);
  throw error;
}

/** A damaged file reads as no text at all, and then is not the published set. */
function textOf(bytes: Uint8Array): string {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    return Buffer.from(isGzip ? gunzipSync(bytes, { maxOutputLength: 16 * 1024 * 1024 }) : bytes).toString('latin1');
  } catch {
    return '';
  }
}

async function fromHome(cacheDir: string, options: Parameters<typeof downloadDigits>[0]): Promise<Outcome> {
  const texts = await downloadDigits(options);
  if ('reason' in texts) return texts;
  const tables = acceptPublished(texts);
  if (tables === undefined) return { reason: 'what was downloaded is not the published set' };
  return { ...tables, note: await keep(join(cacheDir, 'digits'), tables) };
}

/** So that the next search ends at the cache. A home that cannot be written to is no reason to go without the data. */
async function keep(folder: string, { train, test }: DigitsTables): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    await writeWhole(join(folder, 'optdigits_train.csv'), formatDigits(train));
    await writeWhole(join(folder, 'optdigits_test.csv'), formatDigits(test));
    return `, kept in ${folder}`;
  } catch (error) {
    return `, not kept in ${folder}: ${fileErrorCode(error)}`;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.partial`, text);
  await rename(`${path}.partial`, path);
}
