import { writeFile } from 'node:fs/promises';
import { nodeCrypto, sizeWords } from '@sedge/kit';
import { decodeSafetensors, modelName, SedgeError, type Digest } from '@sedge/protocol';
import { routes, type ModelVersionView, type RunView } from '@sedge/protocol/routes';
import { exportMlpOnnx } from '@sedge/runtime';
import type { Command } from 'commander';
import { commandOf } from './command-tree.ts';
import { keyFileOf } from './commands/publishers.ts';
import { describeModel } from './describe-model.ts';
import { publishModel } from './publish.ts';
import { readPublisherKey } from './publisher-key.ts';
import { show, type JsonOption, type Shell } from './shell.ts';

interface ExportOptions extends JsonOption {
  readonly out?: string;
  readonly onnx?: boolean;
  readonly publish?: string;
  readonly key?: string;
}

export function addExportCommand(runs: Command, shell: Shell): void {
  commandOf(runs, 'export <run>', 'Takes the trained weights out, as safetensors or as an ONNX classifier.')
    .option('--out <file>', 'where to write')
    .option('--onnx', 'as an ONNX file with the weights inside')
    .option('--publish <name>', 'publish that ONNX file as the next version of this model')
    .option('--key <file>', 'the publisher key, for --publish')
    .action((run, options) => exportRun(shell, run, options));
}

async function exportRun(shell: Shell, run: string, options: ExportOptions): Promise<void> {
  const { out, publish } = options;
  if (out === undefined && publish === undefined) {
    throw new SedgeError('USAGE', 'say where to: --out <file>, or --publish <name>', { expose: true });
  }
  const client = shell.client();
  const safetensors = await client.getBlob(nodeCrypto, weightsOf(await client.call(routes.getRun, { path: { run } })));
  const isOnnx = options.onnx === true || publish !== undefined;
  const content = isOnnx
    ? new Uint8Array(exportMlpOnnx({ weights: decodeSafetensors(safetensors), metadata: { run } }))
    : safetensors;
  if (out !== undefined) await writeFile(out, content);
  const published = publish === undefined ? undefined : await publishOnnx(shell, publish, content, options);
  const answer = { run, format: isOnnx ? 'onnx' : 'safetensors', sizeBytes: content.byteLength, out, published };
  show(shell, options, answer, () => [
    `${answer.format}, ${sizeWords(answer.sizeBytes)}${out === undefined ? '' : `, written to ${out}`}`,
    ...(published === undefined ? [] : [`published as ${published.name}@${published.version}`]),
  ]);
}

/** Throws RUN_NOT_STARTED. */
export function weightsOf({ id, weights }: RunView): Digest {
  if (weights !== undefined) return weights;
  throw new SedgeError('RUN_NOT_STARTED', `run ${id} has no weights yet`, { expose: true });
}

async function publishOnnx(
  shell: Shell,
  name: string,
  artifact: Uint8Array<ArrayBuffer>,
  options: ExportOptions,
): Promise<ModelVersionView> {
  const key = await readPublisherKey(keyFileOf(shell, options));
  const content = { name: modelName.parse(name), format: 'onnx', artifact } as const;
  return publishModel(shell.client(), content, await describeModel(content), key, new Date(shell.clock.now()));
}
