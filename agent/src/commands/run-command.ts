import { nodeCrypto, systemClock, systemRandomness } from '@sedge/kit';
import { createAgent, loadIdentities } from '../app.ts';
import { linuxBoard } from '../telemetry/linux-board.ts';
import { httpExchange } from '../uplink/http-exchange.ts';
import type { CommandContext } from './command-context.ts';
import { folderOf, logOfConfig, readConfig } from './settings.ts';

export interface RunFlags {
  readonly identities?: number;
  readonly json: boolean;
}

/** Runs until the process is asked to end. */
export async function runCommand({ identities, json }: RunFlags, context: CommandContext): Promise<void> {
  const config = readConfig(context);
  const folder = folderOf(config, context);
  const held = await loadIdentities(folder, identities);
  const agent = createAgent(held, {
    folder,
    config,
    clock: systemClock,
    crypto: nodeCrypto,
    randomness: systemRandomness,
    log: logOfConfig(config, context),
    board: linuxBoard(context),
    http: httpExchange,
    processes: context.processes,
    environment: context.env,
  });
  await agent.start();
  const nodes = held.map(({ identity: { node, name } }) => ({ node, name }));
  if (json) context.write(JSON.stringify({ running: true, directory: folder.root, nodes }));
  else context.write(`Running as ${nodes.map(({ name }) => name).join(', ')}. Stop with Ctrl-C.`);
  await aborted(context.stopRequested);
  await agent.stop();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
