import { ENGINE_NAMES, SedgeError, type EngineName } from '@sedge/protocol';
import { routes, type DeploymentView, type NodeSelector } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import { collected, commandOf, groupOf } from '../command-tree.ts';
import { aboutModel, probeTable } from '../model-status-words.ts';
import { modelWord, resolveModel } from '../model-word.ts';
import { labelOption, numberOption, wordOption } from '../option-values.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';
import { table } from '../table.ts';
import { timeWords } from '../words.ts';
import { deploymentReady } from '../wait-ready.ts';

interface DeployOptions extends JsonOption {
  readonly to?: string;
  readonly node?: string[];
  readonly label?: Record<string, string>;
  readonly engine?: EngineName;
  readonly wait?: boolean;
  readonly timeout: number;
}

const WAIT_S = 120;

export function addDeploymentCommands(root: Command, shell: Shell): void {
  commandOf(root, 'deploy <model>', 'Wants a version on nodes: name (the latest) or name@version.')
    .option('--to <all>', 'all: every node, and those that come later (the default)')
    .option('--node <node>', 'this node, by id or name; may be repeated', collected)
    .option('--label <key=value>', 'nodes that carry this label; may be repeated', labelOption)
    .option('--engine <engine>', `always this one: ${ENGINE_NAMES.join(', ')}`, wordOption('--engine', ENGINE_NAMES))
    .option('--wait', 'until it is ready on every selected node that is online')
    .option('--timeout <seconds>', 'with --wait: give up after so long', numberOption('--timeout'), WAIT_S)
    .action((model, options) => deploy(shell, model, options));
  const deployments = groupOf(root, 'deployments', 'What is wanted where.');
  commandOf(deployments, 'list', 'Lists deployments.').action((options) => listDeployments(shell, options));
  commandOf(deployments, 'show <id>', 'Shows one deployment, with each node.').action((id, options) =>
    showDeployment(shell, id, options),
  );
  commandOf(deployments, 'remove <id>', 'Ends a deployment; nodes unload the version.').action((id, options) =>
    removeDeployment(shell, id, options),
  );
}

async function deploy(shell: Shell, word: string, options: DeployOptions): Promise<void> {
  const client = shell.client();
  const latestOf = async (name: string) => (await client.call(routes.getModel, { path: { model: name } })).latest;
  const model = await resolveModel(modelWord(word), latestOf);
  const { engine } = options;
  const body = { model, selector: selectorOf(options), ...(engine === undefined ? {} : { engine }) };
  const made = await client.call(routes.createDeployment, { body });
  const deployment =
    options.wait === true ? await deploymentReady(client, made.id, shell, options.timeout * 1_000) : made;
  show(shell, options, deployment, () => deploymentLines(deployment, shell.columns));
}

function selectorOf({ to, node, label }: DeployOptions): NodeSelector {
  if ([to, node, label].filter((given) => given !== undefined).length > 1) {
    throw new SedgeError('USAGE', 'give only one of --to, --node and --label', { expose: true });
  }
  if (to !== undefined && to !== 'all') {
    throw new SedgeError('USAGE', `--to is "${to}"; it takes "all"; name nodes with --node or --label`, {
      expose: true,
    });
  }
  if (node !== undefined) return { nodes: node };
  return label === undefined ? 'all' : { labels: label };
}

function deploymentLines({ id, model, engine, nodes }: DeploymentView, columns: number): string[] {
  const rows = nodes.map(({ name, online, status }) => [
    name,
    online ? 'online' : 'offline',
    status?.state ?? 'pending',
    status?.engine ?? '',
    status === undefined ? '' : aboutModel(status),
  ]);
  const pin = engine === undefined ? '' : `, pinned to ${engine}`;
  return [
    `${id}: ${model.name}@${model.version}${pin}`,
    ...table(['NODE', 'PRESENCE', 'STATE', 'ENGINE', 'ABOUT'], rows, columns),
    ...probeTable(
      'NODE',
      nodes.map(({ name, status }) => [name, status]),
      columns,
    ),
  ];
}

async function showDeployment(shell: Shell, deployment: string, options: JsonOption): Promise<void> {
  const found = await shell.client().call(routes.getDeployment, { path: { deployment } });
  show(shell, options, found, () => deploymentLines(found, shell.columns));
}

async function listDeployments(shell: Shell, options: JsonOption): Promise<void> {
  const { items } = await shell.client().call(routes.listDeployments, { query: { limit: 1_000 } });
  const rows = items.map(({ id, model, selector, createdAt, nodes }) => [
    id,
    `${model.name}@${model.version}`,
    selector === 'all' ? 'all' : JSON.stringify(selector),
    `${nodes.filter(({ status }) => status?.state === 'ready').length}/${nodes.length}`,
    timeWords(createdAt),
  ]);
  show(shell, options, items, () => table(['DEPLOYMENT', 'MODEL', 'FOR', 'READY', 'MADE'], rows, shell.columns));
}

async function removeDeployment(shell: Shell, deployment: string, options: JsonOption): Promise<void> {
  await shell.client().call(routes.deleteDeployment, { path: { deployment } });
  show(shell, options, { removed: deployment }, () => [`${deployment} is removed`]);
}
