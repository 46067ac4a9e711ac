import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeFailure } from '../failure.ts';
import { accuracyOptions } from './options.ts';
import { runAccuracy } from './run-accuracy.ts';

/** `npm run accuracy`: training on real data, to the accuracy that is expected of it; status 1 where one is missed. */
try {
  const { names, engines, json } = accuracyOptions(process.argv.slice(2));
  const figures = await runAccuracy(names, engines, (line) => console.log(line));
  if (json !== undefined) await writeFile(resolve(json), `${JSON.stringify(figures, null, 2)}\n`);
  const results = Object.values(figures).flatMap((byEngine) => Object.values(byEngine));
  if (results.some((result) => typeof result === 'object' && !result.reached)) process.exitCode = 1;
} catch (error) {
  writeFailure(error);
}
