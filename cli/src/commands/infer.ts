import { SedgeError } from '@sedge/protocol';
import { inferRequest, routes, type InferRequest, type InferResponse } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import type { z } from 'zod';
import type { Client } from '../client.ts';
import { commandOf } from '../command-tree.ts';
import { inferAsJson, type ModelChoice } from '../inference.ts';
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
  const request = await requestOf(client, model, await readInput(options));
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

/** Bare values are wrapped for the model's one input; their nesting gives the shape. */
async function requestOf(client: Client, model: ModelChoice, given: unknown): Promise<InferRequest> {
  if (!Array.isArray(given)) return checked(given);
  const path = { model: model.name };
  const { inputs } =
    model.version === undefined
      ? await client.call(routes.modelMetadata, { path })
      : await client.call(routes.versionMetadata, { path: { ...path, version: String(model.version) } });
  const [only, ...others] = inputs;
  if (only === undefined || others.length > 0) {
    throw new SedgeError('USAGE', `the model has ${inputs.length} inputs; give a whole request with "inputs"`, {
      expose: true,
    });
  }
  return { inputs: [{ name: only.name, datatype: only.datatype, shape: shapeOf(given), data: given }] };
}

function checked(given: unknown): InferRequest {
  const parsed = inferRequest.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new SedgeError('BAD_REQUEST', issueWords(parsed.error), { expose: true });
}

function issueWords(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}

export function shapeOf(values: unknown): number[] {
  return Array.isArray(values) ? [values.length, ...shapeOf(values[0])] : [];
}

function answerLines({ model_name: name, model_version: version, outputs }: InferResponse): string[] {
  return [
    `${name}@${version}`,
    ...outputs.map(
      (output) => `${output.name} ${output.datatype} [${output.shape.join(', ')}] ${JSON.stringify(output.data)}`,
    ),
  ];
}
