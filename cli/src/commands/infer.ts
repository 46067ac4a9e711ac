import { SedgeError } from '@sedge/protocol';
import { routes, type InferResponse } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import type { Client } from '../client.ts';
import { commandOf } from '../command-tree.ts';
import { inferAsJson, type ModelChoice } from '../inference.ts';
import { outputLine, requestOf, type NamedInput } from '../inference-request.ts';
import { modelWord } from '../model-word.ts';
import { parseJson, readNamedFile } from '../option-values.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';

interface InferOptions extends JsonOption {
  readonly input?: string;
  readonly file?: string;
}

export function addInferCommand(root: Command, shell: Shell): void {
  commandOf(root, 'infer <model>', 'Asks a model: name (the newest ready version) or name@version.')
    .option('--input <json>', 'a request of the Open Inference Protocol, or only the values of its one input')
    .option('--file <file>', 'the same, from a file')
    .action((model, options) => infer(shell, model, options));
}

async function infer(shell: Shell, word: string, options: InferOptions): Promise<void> {
  const model = modelWord(word);
  const client = shell.client();
  const request = await requestOf(await readInput(options), () => inputsOf(client, model));
  const answer = await inferAsJson(client, model, request, shell.signal);
  show(shell, options, answer, () => answerLines(answer));
}

async function readInput({ input, file }: InferOptions): Promise<unknown> {
  if ((input === undefined) === (file === undefined)) {
    throw new SedgeError('USAGE', 'give either --input or --file', { expose: true });
  }
  if (input !== undefined) return parseJson(input, '--input');
  return parseJson(new TextDecoder().decode(await readNamedFile(file ?? '')), file ?? '');
}

async function inputsOf(client: Client, model: ModelChoice): Promise<readonly NamedInput[]> {
  const path = { model: model.name };
  const { inputs } =
    model.version === undefined
      ? await client.call(routes.modelMetadata, { path })
      : await client.call(routes.versionMetadata, { path: { ...path, version: String(model.version) } });
  return inputs;
}

function answerLines({ model_name: name, model_version: version, outputs }: InferResponse): string[] {
  return [`${name}@${version}`, ...outputs.map(outputLine)];
}
