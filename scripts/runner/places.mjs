import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const cache = join(root, '.cache');

export const packages = [
  'protocol',
  'kit',
  'autodiff',
  'runtime',
  'coordinator',
  'agent',
  'cli',
  'wasm-models',
  'scripts',
];

/** A program that came with the dependencies. */
export function binary(name) {
  return join(root, 'node_modules', '.bin', name);
}
