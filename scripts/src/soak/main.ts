import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '@sedge/kit';
import { writeFailure } from '../failure.ts';
import { soakOptions } from './options.ts';
import { runSoak } from './run-soak.ts';

/** `npm run soak`: models of all kinds for ten minutes. */
try {
  const { minutes, json } = soakOptions(process.argv.slice(2));
  const figures = await runSoak(minutes, systemClock, process.pid, (line) => console.log(line));
  if (json !== undefined) await writeFile(resolve(json), `${JSON.stringify(figures, null, 2)}\n`);
} catch (error) {
  writeFailure(error);
}
