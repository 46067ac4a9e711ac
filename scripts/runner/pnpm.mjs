import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './places.mjs';
import { step } from './progress.mjs';
import { quietly } from './tool.mjs';

/** 11 crashes on Node 20, and 12 reads other settings. */
const VERSION = '10.34.9';
const MAJOR = '10.';
const ownScript = join(cache, 'pnpm', 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');

/** How to call pnpm 10: the one on the PATH, or one of our own, fetched once. */
export async function findPnpm() {
  if (existsSync(ownScript)) return { command: process.execPath, args: [ownScript] };
  if (pnpmOnPath()) return { command: 'pnpm', args: [] };
  await step(`fetching pnpm ${VERSION}`, () =>
    quietly(
      'npm',
      ['install', '--prefix', join(cache, 'pnpm'), '--no-audit', '--no-fund', '--ignore-scripts', `pnpm@${VERSION}`],
      'pnpm could not be fetched. Check that the npm registry can be reached ("npm ping"), or install pnpm 10 yourself.',
    ),
  );
  return { command: process.execPath, args: [ownScript] };
}

function pnpmOnPath() {
  // Corepack's stand-in would ask before it downloads, and nobody is there to answer.
  const env = { ...process.env, COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' };
  const asked = spawnSync('pnpm', ['--version'], { encoding: 'utf8', env, timeout: 60_000 });
  return asked.status === 0 && asked.stdout.trim().startsWith(MAJOR);
}
