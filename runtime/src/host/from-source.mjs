/**
 * Begins a guest whose code is TypeScript, as in tests: `--import tsx` has no effect in a worker thread, so that tsx is
 * registered here, inside of the guest. The built package never comes by here.
 */
import process from 'node:process';
import { register } from 'tsx/esm/api';

register();
await import(new URL(`./${process.argv[2]}.ts`, import.meta.url).href);
