import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import process from 'node:process';
import { systemProcesses } from '@sedge/kit';
import type { CommandContext } from './commands/command-context.ts';
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
    processes: systemProcesses(process.pid),
    write: (line) => console.log(line),
    writeError: (line) => console.error(line),
    stopRequested: stopRequested.signal,
  };
}

try {
  process.exitCode = await runProgram(process.argv.slice(2), await contextOf());
} catch (error) {
  console.error(`sedge-agent: CONFIG_INVALID: the file of SEDGE_CONFIG cannot be read (${(error as Error).message})`);
  process.exitCode = 2;
}
