import type { Command } from 'commander';
import { addDatasetCommands } from './commands/datasets.ts';
import { addDeploymentCommands } from './commands/deployments.ts';
import { addEventsCommand } from './commands/events.ts';
import { addInferCommand } from './commands/infer.ts';
import { addLedgerCommands } from './commands/ledger.ts';
import { addModelCommands } from './commands/model.ts';
import { addPublishedModelCommands } from './commands/models.ts';
import { addNodeCommands } from './commands/nodes.ts';
import { addPublisherCommands } from './commands/publishers.ts';
import { addRunCommands } from './commands/runs.ts';
import { addServeCommand } from './commands/serve.ts';
import { addTokenCommands } from './commands/tokens.ts';
import { rootCommand } from './command-tree.ts';
import type { Shell } from './shell.ts';

/** All commands, over one shell. */
export function programOf(shell: Shell, version: string): Command {
  const root = rootCommand(version);
  addServeCommand(root, shell);
  addNodeCommands(root, shell);
  addTokenCommands(root, shell);
  addPublisherCommands(root, shell);
  addModelCommands(root, shell);
  addPublishedModelCommands(root, shell);
  addDeploymentCommands(root, shell);
  addInferCommand(root, shell);
  addDatasetCommands(root, shell);
  addRunCommands(root, shell);
  addLedgerCommands(root, shell);
  addEventsCommand(root, shell);
  return root;
}
