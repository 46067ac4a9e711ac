import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { commandOf } from '../command-tree.ts';
import type { JsonOption, Shell } from '../shell.ts';

interface ServeOptions extends JsonOption {
  readonly port?: string;
  readonly mqttPort?: string;
  readonly stateDir?: string;
  readonly newAdminToken?: boolean;
}

/** Options of the command, as the variables that the coordinator reads: it checks them and names what is wrong. */
const VARIABLES = { port: 'SEDGE_HTTP_PORT', mqttPort: 'SEDGE_MQTT_PORT', stateDir: 'SEDGE_STATE_DIR' } as const;

export function addServeCommand(root: Command, shell: Shell): void {
  commandOf(root, 'serve', 'Runs the coordinator in the foreground, until Ctrl-C.')
    .option('--port <port>', 'HTTP port; 8080 if nothing is said, 0 for any free one')
    .option('--mqtt-port <port>', 'MQTT port; 1883 if nothing is said, 0 for any free one')
    .option('--state-dir <folder>', 'where the coordinator keeps what it knows')
    .option('--new-admin-token', 'makes an admin token and tells it, for whoever has lost them all')
    .action(async (options) => shell.setExitCode(await serve(shell, options)));
}

/** The coordinator is a process of its own, so that what it imports does not slow every other command. */
function serve(shell: Shell, options: ServeOptions): Promise<number> {
  const main = createRequire(import.meta.url).resolve('@sedge/coordinator/main');
  const guard = new URL('../exit-with-parent.js', import.meta.url);
  const nodeArgs = ['--enable-source-maps', '--import', guard.href];
  const args = [
    ...(options.json === true ? ['--json'] : []),
    ...(options.newAdminToken === true ? ['--new-admin-token'] : []),
  ];
  const child = spawn(process.execPath, [...nodeArgs, main, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...shell.env, ...settingsOf(options) },
  });
  // Ctrl-C at a terminal reaches the child without us; a signal to this process alone is passed on.
  shell.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
}

function settingsOf(options: ServeOptions): Record<string, string> {
  const entries = Object.entries(VARIABLES).map(([option, variable]) => [
    variable,
    options[option as keyof typeof VARIABLES],
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, string>;
}
