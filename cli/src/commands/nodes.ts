import { sizeWords } from '@sedge/kit';
import { enrolmentRequest, SedgeError, type Resources } from '@sedge/protocol';
import { NODE_STATUSES, routes, type NodeView } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import { commandOf, groupOf } from '../command-tree.ts';
import { aboutModel, probeTable } from '../model-status-words.ts';
import { modelWord } from '../model-word.ts';
import { labelOption, wordOption } from '../option-values.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';
import { pairs, table } from '../table.ts';
import { percentWords, shortDigest, timeWords } from '../words.ts';

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
  commandOf(
    nodes,
    'release <node> <model>',
    'Lifts the quarantine of name@version on a node, which loads it again.',
  ).action((node, model, options) => releaseModel(shell, node, model, options));
}

async function listNodes(shell: Shell, options: JsonOption & { status?: NodeView['status'] }): Promise<void> {
  const { items } = await shell
    .client()
    .call(routes.listNodes, { query: { limit: 1_000, ...(options.status === undefined ? {} : options) } });
  show(shell, options, items, () => table(['NODE', 'NAME', 'STATUS', 'MODELS', 'DATA SETS'], items.map(rowOf)));
}

function rowOf({ id, name, status, shedding, models, datasets }: NodeView): string[] {
  const ready = models.filter(({ state }) => state === 'ready').length;
  const standing = shedding === undefined ? status : `${status} (${shedding})`;
  return [id, name, standing, `${ready}/${models.length}`, datasets.map((held) => held.name).join(' ')];
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
      throttled: resources?.throttling?.active === true ? resources.throttling.reasons.join(', ') : undefined,
      battery: resources?.battery && batteryWords(resources.battery),
      power: resources?.powerW === undefined ? undefined : `${resources.powerW.toFixed(1)} W`,
      'takes no work': node.shedding,
      engines: node.engines.map(engineWords).join(', '),
      'data sets': node.datasets.map(({ name, examples }) => `${name} (${examples})`).join(', '),
    }),
    ...(node.models.length === 0 ? [] : ['', ...modelTable(node, columns)]),
  ];
}

function engineWords({ name, version, absent }: NodeView['engines'][number]): string {
  return absent === undefined ? `${name} ${version}` : `no ${name} (${absent})`;
}

function batteryWords({ chargeFraction, discharging }: NonNullable<Resources['battery']>): string {
  return `${percentWords(chargeFraction)}${discharging ? ', discharging' : ''}`;
}

function modelTable({ models }: NodeView, columns: number): string[] {
  const rows = models.map((model) => [
    `${model.name}@${model.version}`,
    model.state,
    model.engine ?? '',
    aboutModel(model),
  ]);
  const tried = models.map((model) => [`${model.name}@${model.version}`, model] as const);
  return [...table(['MODEL', 'STATE', 'ENGINE', 'ABOUT'], rows, columns), ...probeTable('MODEL', tried, columns)];
}

async function releaseModel(shell: Shell, node: string, word: string, options: JsonOption): Promise<void> {
  const { name, version } = modelWord(word);
  if (version === undefined) throw new SedgeError('USAGE', `say which version of ${name}: ${name}@1`, { expose: true });
  const body = { model: { name, version } };
  const released = await shell.client().call(routes.releaseModel, { path: { node }, body });
  show(shell, options, released, () => [`${word} may run again on ${node}`]);
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
