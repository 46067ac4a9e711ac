import { mkdir, writeFile } from 'node:fs/promises';
import { REFERENCE_FOLDER, referencePages } from './pages.ts';

/** Writes docs/reference anew: `tsx --conditions=source scripts/src/reference/generate.ts`. */
const folder = new URL(`../../../${REFERENCE_FOLDER}/`, import.meta.url);
await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(await referencePages())) await writeFile(new URL(name, folder), text);
