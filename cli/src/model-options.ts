import { modelName, MODEL_FORMATS, type ModelFormat } from '@sedge/protocol';
import type { Command } from 'commander';
import type { ModelTarget, TargetOptions } from './model-project/model-target.ts';
import { usage, wordOption } from './option-values.ts';
import type { TrainableOptions } from './prepare-model.ts';
import type { ModelContent } from './publish.ts';
import type { JsonOption } from './shell.ts';

export interface FileOptions extends JsonOption, TargetOptions {
  readonly format?: ModelFormat;
}

/** What a publisher says of a model, where the project does not. */
export interface SignOptions extends FileOptions {
  readonly labels?: string;
  readonly description?: string;
  readonly licence?: string;
  readonly key?: string;
  readonly trainable?: string;
  /** Set by `--not-trainable`. */
  readonly notTrainable?: boolean;
}

export function fileOptions(command: Command): Command {
  return command
    .option('--weights <file>', 'named weights as safetensors, for a component')
    .option('--format <format>', MODEL_FORMATS.join(', '), wordOption('--format', MODEL_FORMATS));
}

export function signOptions(command: Command): Command {
  return command
    .option('--labels <names>', 'names of the classes, with commas between')
    .option('--description <text>', 'what the model does')
    .option('--licence <name>', 'its licence, for example Apache-2.0')
    .option('--key <file>', 'the publisher key to sign with')
    .option(
      '--trainable <patterns>',
      'parameters of an ONNX file that runs may train: names with * and ?, commas between',
    )
    .option('--not-trainable', 'leaves the parameters out: no run may train this version');
}

/** What is signed: options of the command go before what the project says. */
export function contentOf(target: ModelTarget, options: SignOptions & { readonly name?: string }): ModelContent {
  const { project } = target;
  return {
    name: nameOf(options.name ?? project?.name),
    format: target.format,
    artifact: target.artifact,
    weights: target.weights,
    labels: options.labels?.split(',').map((label) => label.trim()) ?? project?.labels,
    description: options.description ?? project?.description,
    licence: options.licence ?? project?.licence,
  };
}

/** Which parameters an author lets be trained. Throws USAGE. */
export function trainableOf({ notTrainable = false, trainable }: SignOptions): TrainableOptions {
  if (notTrainable && trainable !== undefined) throw usage('--trainable and --not-trainable exclude each other');
  const patterns = trainable?.split(',').map((pattern) => pattern.trim());
  if (patterns?.includes('') === true) throw usage('--trainable has an empty pattern');
  return { notTrainable, ...(patterns === undefined ? {} : { trainable: patterns }) };
}

function nameOf(given: string | undefined): ModelContent['name'] {
  if (given === undefined) throw usage('give the model a --name');
  const parsed = modelName.safeParse(given);
  if (parsed.success) return parsed.data;
  throw usage(`"${given}" is no name of a model: a-z, 0-9 and -, at most 64 characters`);
}
