import { join } from 'node:path';
import { binary, root } from './places.mjs';
import { quietly } from './tool.mjs';

/** Where generated files lie that are committed. */
export const generated = ['runtime/src/generated', 'docs/reference'].map((path) => join(root, path));

const generators = ['runtime/scripts/generate.ts', 'scripts/src/reference/generate.ts'];

/** Writes them anew, from the sources. */
export async function generate() {
  for (const path of generators) {
    await quietly(binary('tsx'), ['--conditions=source', path], 'A generator failed.');
  }
}
