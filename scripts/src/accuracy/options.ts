import { nearestName, SedgeError } from '@sedge/protocol';
import { Command, Option } from 'commander';
import { type AccuracyTaskName, accuracyTasks } from './tasks.ts';
import type { OnnxEngineName } from './train-and-test.ts';

export interface AccuracyOptions {
  readonly names: readonly AccuracyTaskName[];
  readonly engines: readonly OnnxEngineName[];
  readonly json?: string;
}

const ENGINES: readonly OnnxEngineName[] = ['onnx-node', 'onnx-web'];

export function accuracyOptions(args: readonly string[]): AccuracyOptions {
  const known = Object.keys(accuracyTasks) as AccuracyTaskName[];
  const command = new Command('npm run accuracy --')
    .description('Trains ONNX files on real data sets and says how well they end.')
    .argument('[names...]', `${known.join(', ')}; all if none is named`)
    .addOption(new Option('--engine <name>', 'what trains; both if nothing is said').choices(ENGINES))
    .option('--json <file>', 'write the figures there')
    .parse([...args], { from: 'user' });
  const { engine, ...others } = command.opts<{ engine?: OnnxEngineName; json?: string }>();
  const names = command.args.map((name) => taskNamed(name, known));
  return { names: names.length > 0 ? names : known, engines: engine === undefined ? ENGINES : [engine], ...others };
}

function taskNamed(name: string, known: readonly AccuracyTaskName[]): AccuracyTaskName {
  const found = known.find((one) => one === name);
  if (found !== undefined) return found;
  const meant = nearestName(name, known);
  const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`;
  throw new SedgeError('USAGE', `there is no task "${name}"; ${hint}`, { expose: true });
}
