import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { text } from 'node:stream/consumers';
import { failureText, loadConfig, systemClock, systemRandomness } from '@sedge/kit';
import { Client } from './client.ts';
import { failureOf, isShown } from './failure.ts';
import { programOf } from './program.ts';
import { cliConfig, type CliConfig } from './settings.ts';
import type { Shell } from './shell.ts';
import { cliVersion } from './version.ts';

const COLUMNS = 80;

const stopping = new AbortController();
process.on('SIGINT', () => stopping.abort());
process.on('SIGTERM', () => stopping.abort());
// The reader of a pipe may have enough: `sedge events | head -1`.
process.stdout.on('error', () => process.exit(0));

const args = process.argv.slice(2);
try {
  await programOf(processShell(), cliVersion()).parseAsync(args, { from: 'user' });
} catch (error) {
  if (!isShown(error)) {
    console.error(failureText(failureOf(error), args.includes('--json')));
    process.exitCode = 1;
  }
}

function processShell(): Shell {
  let config: CliConfig | undefined;
  const configOnce = () => (config ??= loadConfig(cliConfig, configSources()));
  return {
    config: configOnce,
    client: () => new Client({ url: configOnce().url, token: configOnce().token }),
    env: process.env,
    homeFolder: homedir(),
    write: (words) => process.stdout.write(words),
    note: (line) => process.stderr.write(`${line}\n`),
    readInput: () => text(process.stdin),
    columns: process.stdout.columns ?? COLUMNS,
    clock: systemClock,
    randomness: systemRandomness,
    signal: stopping.signal,
    setExitCode(code) {
      process.exitCode = code;
    },
  };
}

/** SEDGE_CONFIG names the YAML file, for every program alike. */
function configSources() {
  const { SEDGE_CONFIG: path, ...env } = process.env;
  return path === undefined ? { env } : { env, yamlText: readFileSync(path, 'utf8') };
}
