import { SedgeError } from '@sedge/protocol';
import { Command, Option } from 'commander';
import { SPLITS, type Split } from '../local-fleet/digit-shares.ts';

export interface DevOptions {
  readonly agents: number;
  readonly identities: number;
  readonly readyFile?: string;
  readonly stateDir?: string;
  readonly split: Split;
}

const AGENTS_MAX = 100;
const IDENTITIES_MAX = 1_000;

export function devOptions(args: readonly string[]): DevOptions {
  return new Command('npm run dev --')
    .description('A coordinator and local agents on free ports, with an ONNX classifier and the perceptron deployed.')
    .option('--agents <number>', 'agent processes', countUpTo('--agents', AGENTS_MAX), 3)
    .option('--identities <number>', 'nodes in each process', countUpTo('--identities', IDENTITIES_MAX), 1)
    .option('--ready-file <path>', 'once all is ready, write {http, mqtt, token} there as JSON')
    .addOption(new Option('--split <how>', 'how the digits are divided').choices(SPLITS).default('iid'))
    .option('--state-dir <folder>', 'keep everything there, instead of in a temporary folder')
    .parse([...args], { from: 'user' })
    .opts<DevOptions>();
}

function countUpTo(name: string, most: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (Number.isInteger(count) && count >= 1 && count <= most) return count;
    throw new SedgeError('USAGE', `${name} is "${text}"; it must be an integer from 1 to ${most}`, { expose: true });
  };
}
