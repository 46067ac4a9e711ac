import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../src/local-fleet/folder.ts';
import { prepare } from './fixtures.ts';
import { fencedBlocks, remarkValue, type Block } from './markdown.ts';
import { readPage, tutorial } from './pages.ts';
import { Shell } from './shell.ts';

/** Where the pages put files. */
const WRITTEN_FOLDER = '/tmp/sedge';
const BLOCK_MS = 120_000;
/** A whole page. */
const PAGE_MS = 240_000;
const POLL_MS = 100;

/** What the pages use beside Node.js; a fresh machine may lack it. */
const PROGRAMS = ['bash', 'curl'];
/** What is no program by itself. */
const LIBRARIES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  numpy: ['python3', '-c', 'import numpy'],
};
const isThere = (name: string): boolean => {
  const [program, ...words] = LIBRARIES[name] ?? [name, '--version'];
  return spawnSync(program, words).status === 0;
};
const missing = PROGRAMS.filter((name) => !isThere(name));

let folder: string;
let files: string;
let shell: Shell | undefined;

beforeAll(async () => {
  folder = await temporaryFolder();
  files = join(folder, 'files');
  if (missing.length === 0) shell = await Shell.open({ folder });
});
afterAll(async () => {
  await shell?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}, 30_000);

/** One shell for all pages: a guide goes on with the fleet of the README, and with what the guides before it made. */
describe('the commands of', () => {
  it.for(tutorial)('%s work as they are written', { timeout: PAGE_MS }, async (page, { skip }) => {
    skip(missing.length > 0, `these programs are not installed here: ${missing.join(', ')}`);
    for (const block of fencedBlocks(page, readPage(page)).filter(({ language }) => language === 'sh'))
      await run(block);
  });
});

async function run(block: Block): Promise<void> {
  if (remarkValue(block, 'not run') !== undefined) return;
  const program = remarkValue(block, 'where there is');
  if (program !== undefined && !isThere(program)) return;
  const commands = inTestFolder(block.text);
  const needed = remarkValue(block, 'needs');
  if (needed !== undefined) await prepare(needed, files);
  if (remarkValue(block, 'in a terminal of its own') !== undefined) return shell?.runBeside(commands);
  const awaited = remarkValue(block, 'waits for');
  if (awaited !== undefined) await untilThere(inTestFolder(awaited));
  const output = await shell?.run(block.place, commands, BLOCK_MS);
  const printed = remarkValue(block, 'prints');
  if (printed !== undefined) expect(output, block.place).toMatch(new RegExp(printed));
}

function inTestFolder(text: string): string {
  return text.replaceAll(WRITTEN_FOLDER, files);
}

async function untilThere(path: string): Promise<void> {
  const deadlineMs = performance.now() + BLOCK_MS;
  while (!existsSync(path)) {
    if (performance.now() > deadlineMs)
      throw new Error(`${path} was not there after ${BLOCK_MS} ms:\n${await shell?.outputBeside()}`);
    await sleep(POLL_MS);
  }
}
