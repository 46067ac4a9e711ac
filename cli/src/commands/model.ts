import { writeFile } from 'node:fs/promises';
import { prettyLog, sizeWords } from '@sedge/kit';
import { modelVersion } from '@sedge/protocol';
import { LANGUAGES, type Language } from '@sedge/wasm-models';
import type { Command } from 'commander';
import { commandOf, groupOf } from '../command-tree.ts';
import { describeModel } from '../describe-model.ts';
import { functionLines } from '../function-lines.ts';
import { inspectionLines } from '../inspection-lines.ts';
import { outputLine } from '../inference-request.ts';
import {
  contentOf,
  fileOptions,
  signOptions,
  trainableOf,
  type FileOptions,
  type SignOptions,
} from '../model-options.ts';
import { buildProject } from '../model-project/build-project.ts';
import { checkModel } from '../model-project/check-model.ts';
import { checkLines } from '../model-project/check-lines.ts';
import { readTarget } from '../model-project/model-target.ts';
import { createProject } from '../model-project/new-project.ts';
import { readProject } from '../model-project/project.ts';
import { runModel, type RanModel } from '../model-project/run-model.ts';
import { numberOption, parseJson, readNamedFile, usage, wordOption } from '../option-values.ts';
import { prepareModel } from '../prepare-model.ts';
import { signModel } from '../publish.ts';
import { readPublisherKey } from '../publisher-key.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';
import { pairs } from '../table.ts';
import { keyFileOf } from './publishers.ts';

interface NewOptions extends JsonOption {
  readonly language: Language;
  readonly name?: string;
}

interface RunOptions extends FileOptions {
  readonly input: string;
  readonly function?: string;
  readonly repeat: number;
}

interface SignFileOptions extends SignOptions {
  readonly name?: string;
  readonly modelVersion: number;
  readonly out: string;
}

/** Commands for who writes a model: all of them work without a coordinator. */
export function addModelCommands(root: Command, shell: Shell): void {
  const model = groupOf(root, 'model', 'Writes a model: make, build, check, run and sign it on this machine.');
  commandOf(model, 'new <folder>', 'Makes a project that builds and runs as it is.')
    .option('--language <language>', LANGUAGES.join(', '), wordOption('--language', LANGUAGES), 'assemblyscript')
    .option('--name <name>', 'the name of the model; that of the folder if nothing is said')
    .action((folder, options) => create(shell, folder, options));
  commandOf(model, 'build [folder]', 'Compiles a project to dist/model.wasm.').action((folder = '.', options) =>
    build(shell, folder, options),
  );
  fileOptions(
    commandOf(model, 'check [file]', 'Says whether a node would take a model file or project, and why not.'),
  ).action((file = '.', options) => check(shell, file, options));
  fileOptions(commandOf(model, 'run [file]', 'Runs a model file or project in the sandbox of a node.'))
    .requiredOption(
      '--input <file>',
      'a request of the Open Inference Protocol, or values of the one input; - reads it',
    )
    .option('--function <name>', 'the function to call; the first one if nothing is said')
    .option('--repeat <number>', 'so many calls, to see how long one takes', numberOption('--repeat'), 1)
    .action((file = '.', options) => run(shell, file, options));
  signOptions(
    fileOptions(commandOf(model, 'sign <file>', 'Signs a model file or project, for a publisher key offline.')),
  )
    .option('--name <name>', 'the name of the model, where it is no project')
    .requiredOption('--model-version <number>', 'the number of the version', numberOption('--model-version'))
    .requiredOption('--out <file>', 'where the signed manifest goes')
    .action((file, options) => sign(shell, file, options));
  fileOptions(commandOf(model, 'inspect <file>', 'Opens a model file or project and shows what it offers.')).action(
    (file, options) => inspect(shell, file, options),
  );
}

async function create(shell: Shell, folder: string, options: NewOptions): Promise<void> {
  const made = await createProject({ folder, language: options.language, name: options.name });
  show(shell, options, made, () => [
    `${made.project.name} is in ${folder}: ${made.files.join(', ')}`,
    `Next: sedge model build ${folder}`,
  ]);
}

async function build(shell: Shell, folder: string, options: JsonOption): Promise<void> {
  const project = await readProject(folder);
  shell.note(`compiling ${project.name}`);
  const built = await buildProject(project);
  shell.note('opening what was built');
  const { functions } = await describeModel({ format: 'component', artifact: built.component });
  const { name, world, language } = project;
  const told = { name, world, language, path: built.path, sizeBytes: built.component.byteLength, digest: built.digest };
  show(shell, options, { ...told, functions }, () =>
    pairs({
      model: name,
      world,
      file: built.path,
      size: sizeWords(told.sizeBytes),
      digest: built.digest,
      ...functionLines({ functions }),
    }),
  );
}

async function check(shell: Shell, file: string, options: FileOptions): Promise<void> {
  const checked = await checkModel(await readTarget(file, options));
  if (!checked.isAccepted) shell.setExitCode(1);
  show(shell, options, checked, () => checkLines(checked));
}

async function run(shell: Shell, file: string, options: RunOptions): Promise<void> {
  if (!(Number.isInteger(options.repeat) && options.repeat >= 1)) throw usage('--repeat must be 1 or more');
  const target = await readTarget(file, options);
  const asked = {
    input: await readInput(shell, options.input),
    functionName: options.function,
    repeat: options.repeat,
  };
  const ran = await runModel(target, asked, shell.clock, prettyLog({ clock: shell.clock, sink: shell.note }));
  show(shell, options, ran, () => runLines(ran));
}

async function readInput(shell: Shell, path: string): Promise<unknown> {
  const text = path === '-' ? await shell.readInput() : new TextDecoder().decode(await readNamedFile(path));
  return parseJson(text, path === '-' ? 'standard input' : path);
}

function runLines({ outputs, timing }: RanModel): string[] {
  const { runs, medianMs, p95Ms, leastMs } = timing;
  const times = `${runs} calls: median ${medianMs.toFixed(2)} ms, p95 ${p95Ms.toFixed(2)} ms, least ${leastMs.toFixed(2)} ms`;
  return [...outputs.map(outputLine), ...(runs > 1 ? [times] : [])];
}

async function sign(shell: Shell, file: string, options: SignFileOptions): Promise<void> {
  const version = modelVersion.safeParse(options.modelVersion);
  if (!version.success) throw usage('--model-version must be an integer from 1');
  const key = await readPublisherKey(keyFileOf(shell, options));
  const given = contentOf(await readTarget(file, options), options);
  const { content, described } = await prepareModel(given, trainableOf(options));
  const manifest = signModel(content, described, version.data, key, new Date(shell.clock.now()));
  await writeFile(options.out, `${JSON.stringify(manifest, undefined, 2)}\n`);
  const signed = {
    name: content.name,
    version: version.data,
    signer: manifest.signatures[0]?.keyid,
    file: options.out,
  };
  show(shell, options, signed, () => pairs({ ...signed }));
}

async function inspect(shell: Shell, file: string, options: FileOptions): Promise<void> {
  const target = await readTarget(file, options);
  const { inspection, ...described } = await describeModel(target);
  show(shell, options, { format: target.format, ...inspection, ...described }, () =>
    pairs({
      format: target.format,
      size: sizeWords(target.artifact.byteLength),
      ...functionLines({ parameters: inspection?.parameters, ...described }),
      ...inspectionLines(inspection),
    }),
  );
}
