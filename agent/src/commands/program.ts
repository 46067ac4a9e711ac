import { failureText } from '@sedge/kit';
import { Command } from 'commander';
import { AGENT_VERSION } from '../version.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT, EXIT_HELP, exitStatusOf, failureOf, isShown } from './failure.ts';
import * as flag from './flag-values.ts';

/** Runs one command line, without the names of program and script, and answers with its exit status. */
export async function runProgram(words: readonly string[], context: CommandContext): Promise<number> {
  const program = makeProgram(context);
  try {
    await program.parseAsync(words, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (isShown(error)) return EXIT.done;
    const failure = failureOf(error);
    context.writeError(failureText(failure, words.includes('--json')));
    return exitStatusOf(failure);
  }
}

function makeProgram(context: CommandContext): Command {
  const program = new Command('sedge-agent')
    .description('Serves and trains its owner’s models on this machine, and reports to one coordinator.')
    .version(AGENT_VERSION)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => context.write(text.trimEnd()),
      writeErr: (text) => context.writeError(text.trimEnd()),
      // The one place that prints errors is `runProgram`.
      outputError: () => undefined,
    })
    .addHelpText('after', EXIT_HELP);
  addEnrol(program, context);
  addRun(program, context);
  addStatus(program, context);
  addDataset(program, context);
  addTrainer(program, context);
  addPublisher(program, context);
  addQuarantine(program, context);
  addLocal(program, context);
  return program;
}

// Each command loads its code when it is called: what a running agent does not need stays out of its memory.

function addEnrol(program: Command, context: CommandContext): void {
  program
    .command('enrol')
    .description('exchange a single-use token for an identity')
    .option('--token <token>', 'a token of "sedge tokens create --enrol"; may be repeated', flag.collected, [])
    .option('--token-file <file>', 'a file with one token per line')
    .option('--name <name>', 'how people call this node; with several identities -1, -2, … is added')
    .option('--label <name=value>', 'a label; may be repeated', flag.label, {})
    .option('--identities <count>', 'how many identities this process carries', flag.positiveInteger)
    .option('--json', 'answer in JSON', false)
    .action(async (flags) => (await import('./enrol-command.ts')).enrolCommand(flags, context));
}

function addRun(program: Command, context: CommandContext): void {
  program
    .command('run')
    .description('connect, serve and train until stopped')
    .option('--identities <count>', 'use the first so many identities; all of them otherwise', flag.positiveInteger)
    .option('--json', 'say in JSON that the agent runs', false)
    .action(async (flags) => (await import('./run-command.ts')).runCommand(flags, context));
}

function addStatus(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('who this agent is, whether it runs, and what it does')
    .option('--json', 'answer in JSON', false)
    .action(async (flags) => (await import('./status-command.ts')).statusCommand(flags, context));
}

function addDataset(program: Command, context: CommandContext): void {
  const dataset = program
    .command('dataset')
    .description('the data that models may train on; it never leaves this machine');
  addDatasetAdd(dataset, context);
  dataset
    .command('list')
    .description('what is bound')
    .option('--identity <number>', 'of which identity', flag.positiveInteger, 1)
    .option('--json', 'answer in JSON', false)
    .action(async (flags) => (await import('./dataset-commands.ts')).datasetListCommand(flags, context));
  dataset
    .command('remove')
    .description('forget a data set; its files stay')
    .argument('<name>')
    .option('--identity <number>', 'of which identity', flag.positiveInteger, 1)
    .option('--json', 'answer in JSON', false)
    .action(async (name, flags) => (await import('./dataset-commands.ts')).datasetRemoveCommand(name, flags, context));
}

function addDatasetAdd(dataset: Command, context: CommandContext): void {
  dataset
    .command('add')
    .description('bind files under a name')
    .argument('<name>', 'as runs call it: a-z 0-9 -')
    .option('--csv <file>', 'a CSV file, plain or gzip, one example per line')
    .option('--label-column <column>', 'name or position of the label; -1 is the last column', flag.column)
    .option('--header', 'the first line of the CSV file holds names; found out if nothing is said')
    .option('--no-header', 'the first line of the CSV file is an example')
    .option('--delimiter <character>', 'between the cells of the CSV file', ',')
    .option('--npy <file>', 'features as a NumPy array')
    .option('--npy-labels <file>', 'labels as a NumPy array')
    .option('--idx-images <file>', 'features in the format of MNIST')
    .option('--idx-labels <file>', 'labels in the format of MNIST')
    .option('--rows <file>', 'positions of the rows to use: a JSON array, or one per line')
    .option('--scale <factor>', 'multiply every feature value', flag.finiteNumber)
    .option('--shape <shape>', 'shape of one example, such as 784 or 28x28; that of the file otherwise', flag.shape)
    .option(
      '--classes <classes>',
      'their number, or their names with commas; those of the file otherwise',
      flag.classes,
    )
    .option('--replace', 'bind a taken name anew; the old binding is forgotten, its files stay', false)
    .option('--identity <number>', 'of which identity', flag.positiveInteger, 1)
    .option('--json', 'answer in JSON', false)
    .action(async (name, flags) => (await import('./dataset-commands.ts')).datasetAddCommand(name, flags, context));
}

function addTrainer(program: Command, context: CommandContext): void {
  const trainer = program
    .command('trainer')
    .description('programs of yours that train models in place of the model host; outside of its sandbox');
  trainer
    .command('add')
    .description('bind a program; a running agent gives it the next round of the model')
    .argument('<model>', "name of a model, or '*' for any that has no program of its own")
    .argument('[words...]', 'behind --: the program and its words')
    .option('--command <line>', 'the program and its words in one; quotes are read as a shell reads them, nothing else')
    .option('--pull', 'start nothing: the program asks for rounds at the local door, see SEDGE_LOCAL_PORT', false)
    .option('--timeout <seconds>', 'the most that a round may take; nine tenths of it otherwise', flag.positiveInteger)
    .option('--replace', 'put this one in the place of the one that is bound', false)
    .option('--identity <number>', 'of which identity', flag.positiveInteger, 1)
    .option('--json', 'answer in JSON', false)
    .action(async (model, words, flags) =>
      (await import('./trainer-command.ts')).trainerAddCommand(model, words, flags, context),
    );
  trainer
    .command('list')
    .description('what is bound')
    .option('--identity <number>', 'of which identity', flag.positiveInteger, 1)
    .option('--json', 'answer in JSON', false)
    .action(async (flags) => (await import('./trainer-command.ts')).trainerListCommand(flags, context));
  trainer
    .command('remove')
    .description('let the model host train again')
    .argument('<model>', "as it was bound, '*' too")
    .option('--identity <number>', 'of which identity', flag.positiveInteger, 1)
    .option('--json', 'answer in JSON', false)
    .action(async (model, flags) => (await import('./trainer-command.ts')).trainerRemoveCommand(model, flags, context));
}

function addPublisher(program: Command, context: CommandContext): void {
  const publisher = program.command('publisher').description('whose models this machine runs; pinned at enrolment');
  publisher
    .command('add')
    .description('trust a publisher; a running agent then tries the models again that it refused')
    .argument('<name>', 'how people call the publisher')
    .argument('<public-key>', 'as "sedge publishers key" prints it')
    .option('--identity <number>', 'of which identity; all of them otherwise', flag.positiveInteger)
    .option('--json', 'answer in JSON', false)
    .action(async (name, key, flags) =>
      (await import('./publisher-commands.ts')).publisherAddCommand(name, key, flags, context),
    );
  publisher
    .command('list')
    .description('who is trusted')
    .option('--identity <number>', 'of which identity; all of them otherwise', flag.positiveInteger)
    .option('--json', 'answer in JSON', false)
    .action(async (flags) => (await import('./publisher-commands.ts')).publisherListCommand(flags, context));
  publisher
    .command('remove')
    .description('trust a publisher no longer: this unloads nothing, but no further model of it is loaded')
    .argument('<name-or-key-id>')
    .option('--identity <number>', 'of which identity; all of them otherwise', flag.positiveInteger)
    .option('--json', 'answer in JSON', false)
    .action(async (word, flags) =>
      (await import('./publisher-commands.ts')).publisherRemoveCommand(word, flags, context),
    );
}

function addQuarantine(program: Command, context: CommandContext): void {
  const quarantine = program
    .command('quarantine')
    .description('models that ended their host too often, which are kept from running on this machine');
  quarantine
    .command('list')
    .description('what is kept from running, and why')
    .option('--json', 'answer in JSON', false)
    .action(async (flags) => (await import('./quarantine-command.ts')).quarantineListCommand(flags, context));
  quarantine
    .command('release')
    .description('let a model run again; a running agent then loads it')
    .argument('<model>', 'name@version, or the content as "list" prints it')
    .option('--json', 'answer in JSON', false)
    .action(async (word, flags) =>
      (await import('./quarantine-command.ts')).quarantineReleaseCommand(word, flags, context),
    );
}

function addLocal(program: Command, context: CommandContext): void {
  program
    .command('local')
    .description('inference for programs on this machine, see SEDGE_LOCAL_PORT')
    .command('token')
    .description('the token that they show; made at the first call')
    .option('--new', 'make a new one; the old one is good for nothing then', false)
    .option('--json', 'answer in JSON', false)
    .action(async (flags) => (await import('./local-command.ts')).localTokenCommand(flags, context));
}
