import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeClock } from '@sedge/kit/testing';
import type { Fetch } from '../../src/data/download-digits.ts';
import type { DataSearch } from '../../src/data/find-data.ts';

const refuseConnection: Fetch = () => Promise.reject(new TypeError('fetch failed'));

/** Three empty places in a folder that is gone with the test. */
export interface EmptyPlaces extends AsyncDisposable {
  readonly root: string;
  readonly search: DataSearch;
}

export async function emptyPlaces(): Promise<EmptyPlaces> {
  const root = await mkdtemp(join(tmpdir(), 'sedge-data-'));
  const search: DataSearch = {
    dataDir: join(root, 'own'),
    sharedDir: join(root, 'shared'),
    cacheDir: join(root, 'cache'),
    fetch: refuseConnection,
    clock: fakeClock(),
  };
  return { root, search, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}
