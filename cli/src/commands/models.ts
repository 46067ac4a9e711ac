import { nodeCrypto, sizeWords } from '@sedge/kit';
import { digestOf, envelope, MANIFEST, peekPayload, SedgeError, type Envelope } from '@sedge/protocol';
import { routes, type ModelVersionView } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import { commandOf, groupOf } from '../command-tree.ts';
import { functionLines } from '../function-lines.ts';
import { inspectionLines } from '../inspection-lines.ts';
import { modelWord, resolveModel, type ModelWord } from '../model-word.ts';
import { contentOf, fileOptions, signOptions, trainableOf, type SignOptions } from '../model-options.ts';
import { readTarget, type ModelTarget } from '../model-project/model-target.ts';
import { parseJson, readNamedFile, usage } from '../option-values.ts';
import { prepareModel } from '../prepare-model.ts';
import { publishModel, publishSigned, type ModelContent } from '../publish.ts';
import { readPublisherKey } from '../publisher-key.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';
import { pairs, table } from '../table.ts';
import { shortDigest, timeWords } from '../words.ts';
import { keyFileOf } from './publishers.ts';

interface PublishOptions extends SignOptions {
  readonly manifest?: string;
}

export function addPublishedModelCommands(root: Command, shell: Shell): void {
  const models = groupOf(root, 'models', 'Models and their versions.');
  commandOf(models, 'list', 'Lists models.').action((options) => listModels(shell, options));
  commandOf(models, 'show <model>', 'Shows a model, or one version: name or name@version.').action((model, options) =>
    showModel(shell, modelWord(model), options),
  );
  signOptions(
    fileOptions(
      commandOf(models, 'publish <name-or-file> [file]', 'Signs an ONNX file or a component and publishes it.'),
    ),
  )
    .option('--manifest <file>', 'a manifest that "sedge model sign" made; then only the file is named')
    .action((first, second, options) => publish(shell, { first, second }, options));
  commandOf(models, 'delete <model>', 'Deletes a version that is not in use: name@version.').action((model, options) =>
    deleteVersion(shell, modelWord(model), options),
  );
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
    ...inspectionLines(version.inspection),
    labels: version.labels?.join(', '),
    'made by': lineage === undefined ? undefined : `run ${lineage.run}, ${lineage.rounds} rounds`,
    signer: `${version.signer}${version.delegated ? ' (delegated)' : ''}`,
    published: timeWords(version.publishedAt),
    'ready on': `${version.readyNodes} nodes`,
  });
}

interface PublishWords {
  readonly first: string;
  readonly second?: string;
}

async function publish(shell: Shell, words: PublishWords, options: PublishOptions): Promise<void> {
  const published =
    options.manifest === undefined
      ? await signAndPublish(shell, words, options)
      : await publishManifest(shell, words, options.manifest, options);
  show(shell, options, published, () => versionLines(published));
}

async function signAndPublish(shell: Shell, { first, second }: PublishWords, options: PublishOptions) {
  if (second === undefined) throw usage('give a name and a file, or --manifest and a file');
  const key = await readPublisherKey(keyFileOf(shell, options));
  const content = contentOf(await readTarget(second, options), { ...options, name: first });
  const { content: whole, described } = await prepareModel(content, trainableOf(options));
  return publishModel(shell.client(), whole, described, key, new Date(shell.clock.now()));
}

async function publishManifest(shell: Shell, words: PublishWords, path: string, options: PublishOptions) {
  if (words.second !== undefined) throw usage('with --manifest the name stands in it; give only the file');
  const text = new TextDecoder().decode(await readNamedFile(path));
  const manifest = envelope.safeParse(parseJson(text, path));
  if (!manifest.success) throw new SedgeError('ENVELOPE_MALFORMED', `${path} is no manifest`, { expose: true });
  const target = await readTarget(words.first, options);
  return publishSigned(shell.client(), manifest.data, await withSignedWeights(target, manifest.data));
}

/** The weights of an ONNX version are those of its file: what signing took out of it is taken out once more. */
async function withSignedWeights(
  target: ModelTarget,
  manifest: Envelope,
): Promise<Pick<ModelContent, 'artifact' | 'weights'>> {
  const { artifact, name, parameters, weights } = peekPayload(MANIFEST, manifest);
  // Another file is refused for being another one, whatever it is.
  if (artifact.digest !== digestOf(nodeCrypto, target.artifact)) return target;
  if (target.format !== 'onnx' || target.weights !== undefined || weights === undefined) return target;
  const trainable = parameters?.map((parameter) => parameter.name) ?? [];
  return (await prepareModel({ ...target, name }, { trainable })).content;
}

async function deleteVersion(shell: Shell, word: ModelWord, options: JsonOption): Promise<void> {
  const client = shell.client();
  const latestOf = async () => (await client.call(routes.getModel, { path: { model: word.name } })).latest;
  const { name, version } = await resolveModel(word, latestOf);
  await client.call(routes.deleteModelVersion, { path: { model: name, version: String(version) } });
  show(shell, options, { deleted: { name, version } }, () => [`${name}@${version} is deleted`]);
}
