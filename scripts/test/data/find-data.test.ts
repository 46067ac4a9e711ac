import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fakeClock } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { formatDigits } from '../../src/data/digits-table.ts';
import { drawnDigits } from '../../src/data/drawn-digits.ts';
import type { Fetch } from '../../src/data/download-digits.ts';
import { dataPlaces, findDigits } from '../../src/data/find-data.ts';
import { emptyPlaces } from './empty-places.ts';
import { realDigits } from './real-digits.ts';

async function place(folder: string, names: readonly [string, string], train: string, test: string): Promise<void> {
  await mkdir(join(folder, 'digits'), { recursive: true });
  for (const [name, text] of [[names[0], train] as const, [names[1], test] as const]) {
    await writeFile(join(folder, 'digits', name), name.endsWith('.gz') ? gzipSync(text) : text);
  }
}

describe('dataPlaces', () => {
  it('follows the environment, the home and the checkout', () => {
    expect(dataPlaces({}, '/home/ada', '/src/sedge')).toEqual({
      dataDir: undefined,
      sharedDir: '/src/shared/data',
      cacheDir: '/home/ada/.cache/sedge/data',
    });
    const environment = { SEDGE_DATA_DIR: '/data', XDG_CACHE_HOME: '/var/cache' };
    expect(dataPlaces(environment, '/home/ada', '/src/sedge')).toMatchObject({
      dataDir: '/data',
      cacheDir: '/var/cache/sedge/data',
    });
  });
});

describe('findDigits', () => {
  it('draws digits where there is no place and no network, and says why', async () => {
    await using places = await emptyPlaces();
    const found = await findDigits({ ...places.search, seed: 'x' });
    expect(found.origin).toBe('drawn');
    expect(found.words).toContain('drawn');
    expect(found.train.labels).toEqual(drawnDigits('x').train.labels);
    expect(found.passedOver.map(({ origin }) => origin)).toEqual(['data-dir', 'shared', 'cache', 'download']);
    expect(found.passedOver.at(-1)?.reason).toBe('the download failed: fetch failed');
  });

  it('gives a silent network up at its deadline', async () => {
    await using places = await emptyPlaces();
    const clock = fakeClock();
    const hang: Fetch = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const search = findDigits({ ...places.search, clock, fetch: hang });
    while (clock.pendingTimers === 0) await new Promise(setImmediate);
    await clock.advance(2_999);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1);
    const { origin, passedOver } = await search;
    expect(origin).toBe('drawn');
    expect(passedOver.at(-1)?.reason).toBe('the download failed: no answer within 3000 ms');
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes no download that is not, digit by digit, the published set', async () => {
    await using places = await emptyPlaces();
    const { test, train } = drawnDigits('altered');
    const answers: [Fetch, string][] = [
      [async (url) => new Response(formatDigits(url.endsWith('.tra') ? train : test)), 'is not the published set'],
      [async () => new Response('<html>moved</html>'), 'is not the published set'],
      [async () => new Response('gone', { status: 404 }), 'answered with status 404'],
      [async () => new Response('1,'.repeat(4_000_000)), 'is longer than the published file'],
      [async () => new Response(null), 'answered with nothing'],
    ];
    for (const [fetch, reason] of answers) {
      const { origin, passedOver } = await findDigits({ ...places.search, fetch });
      expect(origin).toBe('drawn');
      expect(passedOver.at(-1)?.reason).toContain(reason);
    }
    expect(await readdir(places.root)).toEqual([]);
  });

  it('passes over files that are damaged, altered or of another set, and folders that cannot be read', async () => {
    await using places = await emptyPlaces();
    const drawn = formatDigits(drawnDigits('altered').test);
    await place(places.search.dataDir ?? '', ['optdigits.tra', 'optdigits.tes'], drawn, drawn);
    await place(places.search.sharedDir, ['optdigits_train.csv.gz', 'optdigits_test.csv.gz'], drawn, drawn);
    await writeFile(join(places.search.sharedDir, 'digits/optdigits_train.csv.gz'), Uint8Array.of(0x1f, 0x8b, 0, 0));
    await mkdir(join(places.search.cacheDir, 'digits/optdigits_train.csv'), { recursive: true });
    const { origin, passedOver } = await findDigits(places.search);
    expect(origin).toBe('drawn');
    expect(passedOver.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('own/digits are not the published set'),
      expect.stringContaining('shared/digits are not the published set'),
      expect.stringContaining('cache/digits cannot be read: EISDIR'),
      expect.stringContaining('the download failed'),
    ]);
  });

  it('does not try the network when no download is wanted', async () => {
    await using places = await emptyPlaces();
    const { passedOver } = await findDigits({ ...places.search, dataDir: undefined, fetch: undefined });
    expect(passedOver[0]).toEqual({ origin: 'data-dir', reason: 'SEDGE_DATA_DIR is not set' });
    expect(passedOver.at(-1)).toEqual({ origin: 'download', reason: 'no download was wanted' });
  });
});

const real = await realDigits();
describe.skipIf(real === undefined)('findDigits with the published set', () => {
  const train = real === undefined ? '' : formatDigits(real.train);
  const test = real === undefined ? '' : formatDigits(real.test);
  /** As another site might serve it: CRLF and spaces. */
  const reformatted = (text: string) => text.replaceAll('\n', '\r\n').replaceAll(',', ', ');

  it('takes the first place that has it, under any of its names', async () => {
    await using places = await emptyPlaces();
    const { dataDir = '', sharedDir, cacheDir } = places.search;
    await place(cacheDir, ['optdigits_train.csv', 'optdigits_test.csv'], train, test);
    expect((await findDigits(places.search)).origin).toBe('cache');
    await place(sharedDir, ['optdigits_train.csv.gz', 'optdigits_test.csv.gz'], train, test);
    expect((await findDigits(places.search)).origin).toBe('shared');
    await place(dataDir, ['optdigits.tra', 'optdigits.tes'], reformatted(train), reformatted(test));
    const found = await findDigits(places.search);
    expect(found).toMatchObject({ origin: 'data-dir', passedOver: [] });
    expect(found.words).toContain(join(dataDir, 'digits'));
    expect(Buffer.compare(found.train.pixels, real?.train.pixels ?? new Uint8Array())).toBe(0);
  });

  it('keeps what it downloads, and finds it there the next time', async () => {
    await using places = await emptyPlaces();
    const fetched: string[] = [];
    const fetch: Fetch = async (url) => {
      fetched.push(url);
      return new Response(reformatted(url.endsWith('.tra') ? train : test));
    };
    const first = await findDigits({ ...places.search, fetch });
    expect(first.origin).toBe('download');
    expect(first.words).toContain(`kept in ${join(places.search.cacheDir, 'digits')}`);
    expect(fetched).toHaveLength(2);
    expect(await readFile(join(places.search.cacheDir, 'digits/optdigits_train.csv'), 'utf8')).toBe(train);
    expect((await findDigits({ ...places.search, fetch })).origin).toBe('cache');
    expect(fetched).toHaveLength(2);
  });

  it('uses what it downloads where it cannot keep it', async () => {
    await using places = await emptyPlaces();
    await writeFile(places.search.cacheDir, 'a file where the folder should be');
    const fetch: Fetch = async (url) => new Response(url.endsWith('.tra') ? train : test);
    const found = await findDigits({ ...places.search, fetch });
    expect(found.origin).toBe('download');
    expect(found.words).toMatch(/not kept in .*: (ENOTDIR|EEXIST)$/);
  });
});
