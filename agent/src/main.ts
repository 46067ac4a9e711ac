import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import process from 'node:process';
import { failureText, systemProcesses } from '@sedge/kit';
import { SedgeError } from '@sedge/protocol';
import type { CommandContext } from './commands/command-context.ts';
import { EXIT } from './commands/failure.ts';
import { runProgram } from './commands/program.ts';

const stopRequested = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopRequested.abort());

/** SEDGE_CONFIG names the YAML file of settings, for every program alike. */
async function contextOf(): Promise<CommandContext> {
  const { SEDGE_CONFIG: configPath, ...env } = process.env;
  return {
    env,
    ...(configPath !== undefined && { yamlText: await readFile(configPath, 'utf8') }),
    homeDirectory: homedir(),
    workingDirectory: process.cwd(),
    nodeVersion: process.version,
    arch: process.arch,
    residentBytes: () => process.memoryUsage.rss(),
    cpuMs: () => milliseconds(process.cpuUsage()),
    processes: systemProcesses(process.pid),
    write: (line) => console.log(line),
    writeError: (line) => console.error(line),
    stopRequested: stopRequested.signal,
  };
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000;
}

const words = process.argv.slice(2);
try {
  process.exitCode = await runProgram(words, await contextOf());
} catch (cause) {
  const detail = `the file of SEDGE_CONFIG cannot be read: ${(cause as Error).message}`;
  console.error(failureText(new SedgeError('CONFIG_INVALID', detail, { cause }), words.includes('--json')));
  process.exitCode = EXIT.usage;
}
