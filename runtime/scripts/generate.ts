import { mkdir, writeFile } from 'node:fs/promises';
import { makeBindings } from './bindings.ts';

/** Writes src/generated anew: `tsx runtime/scripts/generate.ts`. */
const folder = new URL('../src/generated/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(await makeBindings())) await writeFile(new URL(name, folder), text);
