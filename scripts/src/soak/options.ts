import { SedgeError } from '@sedge/protocol';
import { Command } from 'commander';

export interface SoakOptions {
  readonly minutes: number;
  readonly json?: string;
}

const MINUTES = 10;

export function soakOptions(args: readonly string[]): SoakOptions {
  const command = new Command('npm run soak --')
    .description('Runs models for a long time, good ones and bad ones, and says whether memory and deadlines hold.')
    .option('--minutes <number>', 'how long', String(MINUTES))
    .option('--json <file>', 'write the figures there')
    .parse([...args], { from: 'user' });
  const { minutes, ...others } = command.opts<{ minutes: string; json?: string }>();
  if (!(Number(minutes) > 0)) throw new SedgeError('USAGE', `"${minutes}" is no number of minutes`, { expose: true });
  return { minutes: Number(minutes), ...others };
}
