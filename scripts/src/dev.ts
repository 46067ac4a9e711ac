import { devOptions } from './dev/options.ts';
import { runDev } from './dev/run-dev.ts';
import { writeFailure } from './failure.ts';

/** `npm run dev`: a local fleet to develop against. */
try {
  await runDev(devOptions(process.argv.slice(2)), (line) => console.log(line));
} catch (error) {
  writeFailure(error);
}
