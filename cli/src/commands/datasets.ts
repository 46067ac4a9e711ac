import { nodeCrypto, sizeWords } from '@sedge/kit';
import { datasetName } from '@sedge/protocol';
import { routes } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import { commandOf, groupOf } from '../command-tree.ts';
import { readNamedFile } from '../option-values.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';
import { table } from '../table.ts';

export function addDatasetCommands(root: Command, shell: Shell): void {
  const datasets = groupOf(root, 'datasets', 'Data sets that the coordinator holds, to evaluate on.');
  commandOf(datasets, 'add <name> <file>', 'Uploads a safetensors file with `features` and `labels`.').action(
    (name, file, options) => addDataset(shell, name, file, options),
  );
  commandOf(datasets, 'list', 'Lists data sets of the coordinator.').action((options) => listDatasets(shell, options));
}

async function addDataset(shell: Shell, name: string, file: string, options: JsonOption): Promise<void> {
  const client = shell.client();
  const digest = await client.putBlob(nodeCrypto, await readNamedFile(file));
  const added = await client.call(routes.addDataset, { body: { name: datasetName.parse(name), digest } });
  show(shell, options, added, () => [`${added.name}: ${added.examples} examples, ${added.classes} classes`]);
}

async function listDatasets(shell: Shell, options: JsonOption): Promise<void> {
  const { items } = await shell.client().call(routes.listDatasets);
  const rows = items.map(({ name, examples, featureShape, classes, content }) => [
    name,
    String(examples),
    `[${featureShape.join(', ')}]`,
    String(classes),
    sizeWords(content.sizeBytes),
  ]);
  show(shell, options, items, () => table(['NAME', 'EXAMPLES', 'FEATURES', 'CLASSES', 'SIZE'], rows, shell.columns));
}
