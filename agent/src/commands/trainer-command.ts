import { resolve } from 'node:path';
import { SedgeError } from '@sedge/protocol';
import { ANY_MODEL, trainerBinding, type TrainerBinding } from '../external-trainer/binding.ts';
import { splitWords } from '../external-trainer/split-words.ts';
import { TrainerRegistry } from '../external-trainer/trainer-registry.ts';
import { loadIdentity } from '../identity/identity.ts';
import type { CommandContext } from './command-context.ts';
import { folderOf, readConfig } from './settings.ts';

export interface TrainerFlags {
  readonly identity: number;
  readonly json: boolean;
}

export interface TrainerAddFlags extends TrainerFlags {
  readonly command?: string;
  readonly pull: boolean;
  /** Seconds. */
  readonly timeout?: number;
  readonly replace: boolean;
}

/** Binds a program of the owner; a running agent asks for the binding at each round. Throws TRAINER_EXISTS. */
export async function trainerAddCommand(
  model: string,
  words: readonly string[],
  flags: TrainerAddFlags,
  context: CommandContext,
): Promise<void> {
  const registry = await registryOf(flags, context);
  const binding = bindingOf(model, {
    trainer: trainerOf(words, flags, context),
    ...(flags.timeout !== undefined && { timeoutMs: flags.timeout * 1_000 }),
  });
  await registry.add(binding, { replace: flags.replace });
  context.write(flags.json ? JSON.stringify(binding) : sentenceOf(binding));
}

export async function trainerListCommand(flags: TrainerFlags, context: CommandContext): Promise<void> {
  const bindings = await (await registryOf(flags, context)).list();
  if (flags.json) return context.write(JSON.stringify(bindings));
  if (bindings.length === 0) context.write('No program is bound: model hosts train every model.');
  for (const binding of bindings) context.write(sentenceOf(binding));
}

/** Throws TRAINER_NOT_FOUND. */
export async function trainerRemoveCommand(model: string, flags: TrainerFlags, context: CommandContext): Promise<void> {
  const registry = await registryOf(flags, context);
  const removed = modelOf(model);
  await registry.remove(removed);
  context.write(flags.json ? JSON.stringify({ removed }) : `The model host trains ${wordsOf(removed)} again.`);
}

/** Throws NOT_ENROLLED, so that nothing is bound where no node will find it. */
async function registryOf({ identity }: TrainerFlags, context: CommandContext): Promise<TrainerRegistry> {
  const { folder } = await loadIdentity(folderOf(readConfig(context), context).identity(identity));
  return new TrainerRegistry(folder.trainers);
}

/** Throws USAGE unless there is one of words, a command line and --pull. */
function trainerOf(words: readonly string[], flags: TrainerAddFlags, context: CommandContext): unknown {
  const ways = [words.length > 0, flags.command !== undefined, flags.pull].filter(Boolean);
  if (ways.length !== 1) throw usage('give one of --command, --pull, and a program with its words behind --');
  if (flags.pull) return { kind: 'pull' };
  const given = flags.command === undefined ? words : splitWords(flags.command);
  return { kind: 'program', words: given, workingDirectory: resolve(context.workingDirectory) };
}

function bindingOf(model: string, rest: object): TrainerBinding {
  const parsed = trainerBinding.safeParse({ ...rest, model: modelOf(model) });
  if (parsed.success) return parsed.data;
  throw usage('the program needs a name, and at most 256 words of at most 4096 characters');
}

function modelOf(text: string): TrainerBinding['model'] {
  const parsed = trainerBinding.shape.model.safeParse(text);
  if (parsed.success) return parsed.data;
  throw usage(`"${text}" is no model: a name of 1 to 64 of a-z 0-9 -, or '${ANY_MODEL}' for any`);
}

function sentenceOf({ model, trainer, timeoutMs }: TrainerBinding): string {
  const who = trainer.kind === 'pull' ? 'a program that asks at the local door' : trainer.words.join(' ');
  const within = timeoutMs === undefined ? '' : `, within ${timeoutMs / 1_000} s`;
  return `${wordsOf(model)} is trained by ${who}${within}.`;
}

function wordsOf(model: TrainerBinding['model']): string {
  return model === ANY_MODEL ? 'any model without a trainer of its own' : model;
}

function usage(detail: string): SedgeError {
  return new SedgeError('USAGE', detail, { expose: true });
}
