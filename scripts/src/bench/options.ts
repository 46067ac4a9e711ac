import { nearestName, SedgeError } from '@sedge/protocol';
import { Command } from 'commander';

export interface BenchOptions {
  /** All if none is named. */
  readonly names: readonly string[];
  readonly json?: string;
}

export function benchOptions(args: readonly string[], known: readonly string[]): BenchOptions {
  const command = new Command('npm run bench --')
    .description('Measures, in pairs within one run, so that ratios hold on any machine.')
    .argument('[names...]', `${known.join(', ')}; all if none is named`)
    .option('--json <file>', 'write the figures there')
    .parse([...args], { from: 'user' });
  const unknown = command.args.find((name) => !known.includes(name));
  if (unknown === undefined) return { names: command.args, ...command.opts<{ json?: string }>() };
  const meant = nearestName(unknown, known);
  const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`;
  throw new SedgeError('USAGE', `there is no benchmark "${unknown}"; ${hint}`, { expose: true });
}
