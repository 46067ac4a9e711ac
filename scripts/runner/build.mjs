import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { binary, cache, packages, root } from './places.mjs';
import { step } from './progress.mjs';
import { isStamped, treeHash, writeStamp } from './stamp.mjs';
import { quietly } from './tool.mjs';

const stamp = join(cache, 'build-stamp');

/** Everything that a build depends on. */
const sources = [
  ...packages.flatMap((name) => [`${name}/src`, `${name}/package.json`, `${name}/tsconfig.json`]),
  ...['models', 'sdk', 'wit'].map((name) => `wasm-models/${name}`),
  'tsconfig.json',
  'tsconfig.base.json',
  'pnpm-lock.yaml',
].map((path) => join(root, path));

/** Builds what has changed; a second call finds the stamp and does nothing. */
export async function ensureBuilt() {
  const wanted = treeHash(sources);
  const isBuilt = packages.every((name) => existsSync(join(root, name, 'dist')));
  if (isBuilt && isStamped(stamp, wanted)) return;
  await step('building', async () => {
    await compile();
    await quietly(process.execPath, [join('wasm-models', 'dist', 'build.js')], 'A WebAssembly model does not build.');
  });
  writeStamp(stamp, wanted);
}

/** All packages, in the order of their references; also the check of their types. */
export function compile() {
  return quietly(binary('tsc'), ['-b'], 'The sources do not compile.');
}
