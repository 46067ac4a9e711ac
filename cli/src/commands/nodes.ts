import { enrolmentRequest } from '@sedge/protocol';
import { NODE_STATUSES, routes, type NodeView } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import { commandOf, groupOf } from '../command-tree.ts';
import { labelOption, wordOption } from '../option-values.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';
import { pairs, table } from '../table.ts';
import { percentWords, shortDigest, sizeWords, timeWords } from '../words.ts';

export function addNodeCommands(root: Command, shell: Shell): void {
  const nodes = groupOf(root, 'nodes', 'The nodes of the fleet.');
  commandOf(nodes, 'list', 'Lists nodes.')
    .option('--status <status>', NODE_STATUSES.join(', '), wordOption('--status', NODE_STATUSES))
    .action((options) => listNodes(shell, options));
  commandOf(nodes, 'show <node>', 'Shows one node, by id or name.').action((node, options) =>
    showNode(shell, node, options),
  );
  commandOf(nodes, 'rename <node> <name>', 'Gives a node another name.').action((node, name, options) =>
    updateNode(shell, node, { name: enrolmentRequest.shape.name.parse(name) }, options),
  );
  commandOf(nodes, 'label <node> <labels...>', 'Replaces the labels of a node, written as key=value.').action(
    (node, words: string[], options) =>
      updateNode(shell, node, { labels: words.reduce((all, word) => labelOption(word, all), {}) }, options),
  );
  commandOf(nodes, 'remove <node>', 'Forgets a node; its key is no longer accepted.').action((node, options) =>
    removeNode(shell, node, options),
  );
}

async function listNodes(shell: Shell, options: JsonOption & { status?: NodeView['status'] }): Promise<void> {
  const { items } = await shell
    .client()
    .call(routes.listNodes, { query: { limit: 1_000, ...(options.status === undefined ? {} : options) } });
  show(shell, options, items, () => table(['NODE', 'NAME', 'STATUS', 'MODELS', 'DATA SETS'], items.map(rowOf)));
}

function rowOf({ id, name, status, models, datasets }: NodeView): string[] {
  const ready = models.filter(({ state }) => state === 'ready').length;
  return [id, name, status, `${ready}/${models.length}`, datasets.map((held) => held.name).join(' ')];
}

async function showNode(shell: Shell, node: string, options: JsonOption): Promise<void> {
  const found = await shell.client().call(routes.getNode, { path: { node } });
  show(shell, options, found, () => nodeLines(found, shell.columns));
}

function nodeLines(node: NodeView, columns: number): string[] {
  const { resources, platform } = node;
  return [
    ...pairs({
      id: node.id,
      name: node.name,
      status: node.status,
      labels: Object.entries(node.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
      key: shortDigest(node.keyId),
      enrolled: timeWords(node.enrolledAt),
      'last seen': timeWords(node.lastSeenAt),
      agent: node.agent,
      platform: platform === undefined ? undefined : `${platform.os} ${platform.arch}, ${platform.cpuModel}`,
      cpu: percentWords(resources?.cpu.usedFraction),
      'memory free': resources === undefined ? undefined : sizeWords(resources.memory.availableBytes),
      'disk free': resources?.disk === undefined ? undefined : sizeWords(resources.disk.freeBytes),
      temperature: resources?.temperatureC === undefined ? undefined : `${resources.temperatureC} °C`,
      engines: node.engines.map(({ name, version }) => `${name} ${version}`).join(', '),
      'data sets': node.datasets.map(({ name, examples }) => `${name} (${examples})`).join(', '),
    }),
    ...(node.models.length === 0 ? [] : ['', ...modelTable(node, columns)]),
  ];
}

function modelTable({ models }: NodeView, columns: number): string[] {
  const rows = models.map(({ name, version, state, engine, error }) => [
    `${name}@${version}`,
    state,
    engine ?? '',
    error === undefined ? '' : `${error.code} ${error.detail}`,
  ]);
  return table(['MODEL', 'STATE', 'ENGINE', 'ERROR'], rows, columns);
}

async function updateNode(
  shell: Shell,
  node: string,
  body: { name?: string | undefined; labels?: Record<string, string> },
  options: JsonOption,
): Promise<void> {
  const changed = await shell.client().call(routes.updateNode, { path: { node }, body });
  show(shell, options, changed, () => nodeLines(changed, shell.columns));
}

async function removeNode(shell: Shell, node: string, options: JsonOption): Promise<void> {
  await shell.client().call(routes.removeNode, { path: { node } });
  show(shell, options, { removed: node }, () => [`${node} is removed`]);
}
