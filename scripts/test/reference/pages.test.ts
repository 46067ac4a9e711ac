import { readdir, readFile } from 'node:fs/promises';
import { PROGRAM_SETTINGS } from '@sedge/kit';
import { channels, errorCatalogue } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { REFERENCE_FOLDER, referencePages } from '../../src/reference/pages.ts';

const folder = new URL(`../../../${REFERENCE_FOLDER}/`, import.meta.url);
const pages = await referencePages();

function onDisk(name: string): Promise<string> {
  return readFile(new URL(name, folder), 'utf8');
}

/** What stands in the first column of the tables of a page. */
function firstCells(page: string): string[] {
  return [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell = '']) => cell);
}

describe('docs/reference', () => {
  it.each(Object.keys(pages))('%s is what the tables give; run "npm run generate" where it is not', async (name) => {
    expect(await onDisk(name)).toBe(pages[name]);
  });

  it('holds no page that nothing generates', async () => {
    expect((await readdir(folder)).toSorted()).toEqual(Object.keys(pages).toSorted());
  });

  it('has a row for each error code, and no row without one', async () => {
    expect(firstCells(await onDisk('errors.md'))).toEqual(Object.keys(errorCatalogue));
  });

  it('has a row for each channel, and no row without one', async () => {
    expect(firstCells(await onDisk('mqtt.md'))).toEqual(Object.values(channels).map(({ path }) => path));
  });

  it('names each variable of our programs, and none that no program knows', async () => {
    const named = (await onDisk('configuration.md')).match(/SEDGE_[A-Z_]+/g) ?? [];
    expect([...new Set(named)].toSorted()).toEqual(PROGRAM_SETTINGS.toSorted());
  });
});
