import { fileURLToPath } from 'node:url';

/** This package; the file lies two levels below it, as source and as built output. */
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
