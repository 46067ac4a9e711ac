import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packages, root } from './places.mjs';
import { findPnpm } from './pnpm.mjs';
import { step } from './progress.mjs';
import { contentHash, isStamped, writeStamp } from './stamp.mjs';
import { quietly } from './tool.mjs';

/** Lies in node_modules, so that it goes with what it vouches for. */
const stamp = join(root, 'node_modules', '.sedge-install');

/** Brings the dependencies to what pnpm-lock.yaml says; does nothing if they are so already. */
export async function ensureInstalled() {
  const manifests = packages.map((name) => join(root, name, 'package.json')).filter((path) => existsSync(path));
  const wanted = contentHash([join(root, 'pnpm-lock.yaml'), join(root, 'package.json'), ...manifests]);
  if (isStamped(stamp, wanted)) return;
  const pnpm = await findPnpm();
  await step('installing dependencies', () =>
    quietly(
      pnpm.command,
      [...pnpm.args, 'install', '--frozen-lockfile'],
      'Check that the npm registry can be reached; after a change of a package.json run "pnpm install" once.',
      // Without a terminal pnpm would wait for an answer before it replaces a folder of another pnpm.
      { env: { ...process.env, CI: 'true' } },
    ),
  );
  writeStamp(stamp, wanted);
}
