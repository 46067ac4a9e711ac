import process from 'node:process';
import { nodeVersionRefusal } from './node-version.ts';

const refusal = nodeVersionRefusal(process.version);
if (refusal === undefined) await run();
else {
  console.error(`sedge-coordinator: ${refusal}`);
  process.exitCode = 1;
}

/** Imported only on a Node.js that understands what is imported. */
async function run(): Promise<void> {
  const [{ homedir }, { systemProcesses }, { runCoordinator }] = await Promise.all([
    import('node:os'),
    import('@sedge/kit'),
    import('./run.ts'),
  ]);
  const stop = new AbortController();
  // Once: a second Ctrl-C ends a stop that hangs.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  process.exitCode = await runCoordinator({
    args: process.argv.slice(2),
    env: process.env,
    homeFolder: homedir(),
    processes: systemProcesses(process.pid),
    isTerminal: process.stderr.isTTY,
    write: (line) => console.log(line),
    writeError: (line) => console.error(line),
    stopRequested: stop.signal,
  });
}
