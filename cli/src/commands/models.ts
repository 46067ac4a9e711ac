import { modelName, MODEL_FORMATS, type ModelFormat, type TensorSpec } from '@sedge/protocol';
import { routes, type ModelVersionView } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import { commandOf, groupOf } from '../command-tree.ts';
import { describeModel } from '../describe-model.ts';
import { modelWord, resolveModel, type ModelWord } from '../model-word.ts';
import { readNamedFile, wordOption } from '../option-values.ts';
import { formatOf, publishModel, type ModelContent, type ModelDescription } from '../publish.ts';
import { readPublisherKey } from '../publisher-key.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';
import { pairs, table } from '../table.ts';
import { shortDigest, sizeWords, timeWords } from '../words.ts';
import { keyFileOf } from './publishers.ts';

interface FileOptions extends JsonOption {
  readonly weights?: string;
  readonly format?: ModelFormat;
}

interface PublishOptions extends FileOptions {
  readonly labels?: string;
  readonly description?: string;
  readonly licence?: string;
  readonly key?: string;
}

export function addModelCommands(root: Command, shell: Shell): void {
  const models = groupOf(root, 'models', 'Models and their versions.');
  commandOf(models, 'list', 'Lists models.').action((options) => listModels(shell, options));
  commandOf(models, 'show <model>', 'Shows a model, or one version: name or name@version.').action((model, options) =>
    showModel(shell, modelWord(model), options),
  );
  fileOptions(commandOf(models, 'publish <name> <file>', 'Signs an ONNX file or a component and publishes it.'))
    .option('--labels <names>', 'names of the classes, with commas between')
    .option('--description <text>', 'what the model does')
    .option('--licence <name>', 'its licence, for example Apache-2.0')
    .option('--key <file>', 'the publisher key to sign with')
    .action((name, file, options) => publish(shell, name, file, options));
  fileOptions(commandOf(models, 'inspect <file>', 'Opens a model file here and shows what it offers.')).action(
    (file, options) => inspect(shell, file, options),
  );
  commandOf(models, 'delete <model>', 'Deletes a version that is not in use: name@version.').action((model, options) =>
    deleteVersion(shell, modelWord(model), options),
  );
}

function fileOptions(command: Command): Command {
  return command
    .option('--weights <file>', 'named weights as safetensors, for a component')
    .option('--format <format>', MODEL_FORMATS.join(', '), wordOption('--format', MODEL_FORMATS));
}

async function listModels(shell: Shell, options: JsonOption): Promise<void> {
  const { items } = await shell.client().call(routes.listModels, { query: { limit: 1_000 } });
  const rows = items.flatMap(({ versions }) => versions.map(versionRow));
  show(shell, options, items, () =>
    table(['MODEL', 'FORMAT', 'SIZE', 'SIGNER', 'PUBLISHED', 'READY'], rows, shell.columns),
  );
}

function versionRow(version: ModelVersionView): string[] {
  return [
    `${version.name}@${version.version}`,
    version.format,
    sizeWords(version.artifact.sizeBytes + (version.weights?.sizeBytes ?? 0)),
    `${shortDigest(version.signer)}${version.delegated ? ' (delegated)' : ''}`,
    timeWords(version.publishedAt),
    String(version.readyNodes),
  ];
}

async function showModel(shell: Shell, word: ModelWord, options: JsonOption): Promise<void> {
  if (word.version === undefined) {
    const model = await shell.client().call(routes.getModel, { path: { model: word.name } });
    show(shell, options, model, () => model.versions.flatMap((version) => [...versionLines(version), '']));
    return;
  }
  const path = { model: word.name, version: String(word.version) };
  const version = await shell.client().call(routes.getModelVersion, { path });
  show(shell, options, version, () => versionLines(version));
}

function versionLines(version: ModelVersionView): string[] {
  const { artifact, weights, lineage } = version;
  return pairs({
    model: `${version.name}@${version.version}`,
    format: version.format,
    description: version.description,
    artifact: `${artifact.digest} (${sizeWords(artifact.sizeBytes)})`,
    weights: weights === undefined ? undefined : `${weights.digest} (${sizeWords(weights.sizeBytes)})`,
    ...functionLines(version),
    labels: version.labels?.join(', '),
    'made by': lineage === undefined ? undefined : `run ${lineage.run}, ${lineage.rounds} rounds`,
    signer: `${version.signer}${version.delegated ? ' (delegated)' : ''}`,
    published: timeWords(version.publishedAt),
    'ready on': `${version.readyNodes} nodes`,
  });
}

function functionLines({ functions, parameters }: ModelDescription): Record<string, string | undefined> {
  const words = (tensors: readonly TensorSpec[]): string =>
    tensors.map(({ name, dataType, shape }) => `${name} ${dataType} [${shape.join(', ')}]`).join(', ');
  return {
    ...Object.fromEntries(
      functions.map(({ name, inputs, outputs }) => [`function ${name}`, `${words(inputs)} → ${words(outputs)}`]),
    ),
    parameters: parameters?.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', '),
  };
}

async function publish(shell: Shell, name: string, file: string, options: PublishOptions): Promise<void> {
  const key = await readPublisherKey(keyFileOf(shell, options));
  const content: ModelContent = {
    ...(await readContent(file, options)),
    name: modelName.parse(name),
    labels: options.labels?.split(',').map((label) => label.trim()),
    description: options.description,
    licence: options.licence,
  };
  const described = await describeModel(content);
  const published = await publishModel(shell.client(), content, described, key, new Date(shell.clock.now()));
  show(shell, options, published, () => versionLines(published));
}

async function inspect(shell: Shell, file: string, options: FileOptions): Promise<void> {
  const content = await readContent(file, options);
  const described = await describeModel(content);
  show(shell, options, { format: content.format, ...described }, () =>
    pairs({ format: content.format, size: sizeWords(content.artifact.byteLength), ...functionLines(described) }),
  );
}

async function readContent(file: string, options: FileOptions): Promise<Omit<ModelContent, 'name'>> {
  const artifact = await readNamedFile(file);
  const weights = options.weights === undefined ? undefined : await readNamedFile(options.weights);
  return { format: options.format ?? formatOf(artifact), artifact, weights };
}

async function deleteVersion(shell: Shell, word: ModelWord, options: JsonOption): Promise<void> {
  const client = shell.client();
  const latestOf = async () => (await client.call(routes.getModel, { path: { model: word.name } })).latest;
  const { name, version } = await resolveModel(word, latestOf);
  await client.call(routes.deleteModelVersion, { path: { model: name, version: String(version) } });
  show(shell, options, { deleted: { name, version } }, () => [`${name}@${version} is deleted`]);
}
