import { readFile } from 'node:fs/promises';
import { asSedgeError, errorCatalogue, SedgeError } from '@sedge/protocol';
import { jsonLog, type Log, prettyLog, type ProcessTable, systemClock, systemRandomness } from '@sedge/kit';
import { createCoordinator, type StartedCoordinator } from './app.ts';
import { type CoordinatorSettings, loadCoordinatorConfig } from './config.ts';

/** What a process gives the coordinator. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly processes: ProcessTable;
  readonly isTerminal: boolean;
  /** Takes a line without its end: answers here, log and refusals there. */
  readonly write: (line: string) => void;
  readonly writeError: (line: string) => void;
  /** Aborts when the process is asked to end. */
  readonly stopRequested: AbortSignal;
}

const HELP = `Usage: sedge-coordinator [--json] [--new-admin-token]

Runs the coordinator until Ctrl-C. Settings are variables that begin with SEDGE_, or stand in the YAML file that
SEDGE_CONFIG names. With --json the addresses are written as one line of JSON. With --new-admin-token an admin token is
made and told, as at the first start; the tokens that there are stay valid.`;

const OPTIONS = ['--json', '--new-admin-token'] as const;
type Option = (typeof OPTIONS)[number];

/** Runs until a stop is requested; the exit status. A refusal says why, with a code and what to do. */
export async function runCoordinator(surroundings: Surroundings): Promise<number> {
  const { args, write } = surroundings;
  try {
    if (args.includes('--help')) write(HELP);
    else await serve(surroundings, optionsOf(args));
    return 0;
  } catch (error) {
    surroundings.writeError(refusalWords(error));
    return 1;
  }
}

async function serve(surroundings: Surroundings, options: ReadonlySet<Option>): Promise<void> {
  const { homeFolder, processes, stopRequested, write } = surroundings;
  const settings = await loadSettings(surroundings.env);
  const log = logOf(settings, surroundings);
  const isAdminTokenWanted = options.has('--new-admin-token');
  const ports = { clock: systemClock, randomness: systemRandomness, log, processes, homeFolder, isAdminTokenWanted };
  const coordinator = createCoordinator(settings, ports);
  const started = await coordinator.start();
  for (const line of options.has('--json') ? [jsonLine(started)] : introduction(started)) write(line);
  await aborted(stopRequested);
  log.info('the coordinator stops');
  await coordinator.stop();
}

function optionsOf(args: readonly string[]): ReadonlySet<Option> {
  const isKnown = (arg: string): arg is Option => OPTIONS.some((option) => option === arg);
  const unknown = args.find((arg) => !isKnown(arg));
  if (unknown !== undefined) throw new SedgeError('USAGE', `${unknown} is not known here`, { expose: true });
  return new Set(args.filter(isKnown));
}

async function loadSettings(env: Surroundings['env']): Promise<CoordinatorSettings> {
  const path = env['SEDGE_CONFIG'];
  if (path === undefined) return loadCoordinatorConfig({ env });
  return loadCoordinatorConfig({ env, yamlText: await readConfigFile(path) });
}

async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new SedgeError('CONFIG_INVALID', `SEDGE_CONFIG names ${path}, which cannot be read`, { cause, expose: true });
  }
}

function logOf({ logLevel }: CoordinatorSettings, { isTerminal, writeError }: Surroundings): Log {
  const options = { clock: systemClock, sink: writeError, level: logLevel };
  return isTerminal ? prettyLog(options) : jsonLog(options);
}

function jsonLine({ httpUrl, mqttUrl, keyId, adminToken }: StartedCoordinator): string {
  return JSON.stringify({ http: httpUrl, mqtt: mqttUrl, keyId, adminToken });
}

function introduction({ httpUrl, mqttUrl, keyId, adminToken }: StartedCoordinator): string[] {
  const token = [
    `Admin token, shown this once: ${adminToken}`,
    `  export SEDGE_URL=${httpUrl} SEDGE_TOKEN=${adminToken}`,
  ];
  return [
    `Sedge coordinator ${keyId.slice(0, 16)}`,
    `  HTTP  ${httpUrl}`,
    `  MQTT  ${mqttUrl}`,
    ...(adminToken === undefined ? [] : token),
  ];
}

function refusalWords(cause: unknown): string {
  const error = asSedgeError(cause);
  const stack = error.code === 'INTERNAL' && cause instanceof Error ? `\n${cause.stack}` : '';
  return `sedge-coordinator: ${error.code}: ${errorCatalogue[error.code].say}\n  ${error.detail}${stack}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
