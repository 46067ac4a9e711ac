import { writeFailure } from './failure.ts';
import { demoOptions } from './demo/options.ts';
import { runDemo } from './demo/run-demo.ts';

/** `npm run demo`: the whole of Sedge on one machine. */
try {
  await runDemo(demoOptions(process.argv.slice(2)), {
    write: (text) => process.stdout.write(text),
    isTerminal: process.stdout.isTTY,
  });
} catch (error) {
  writeFailure(error);
}
