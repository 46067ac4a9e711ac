import { Command, Option } from 'commander';
import { SPLITS, type Split } from '../local-fleet/digit-shares.ts';

export interface DemoOptions {
  readonly once?: boolean;
  readonly summary?: string;
  readonly stateDir?: string;
  readonly keep?: boolean;
  readonly split: Split;
}

export function demoOptions(args: readonly string[]): DemoOptions {
  return new Command('npm run demo --')
    .description('Serves and trains digit classifiers on 50 nodes in five local processes.')
    .option('--once', 'end when everything is shown, instead of staying up until Ctrl-C')
    .option('--summary <file>', 'write the figures there, as JSON')
    .option('--state-dir <folder>', 'keep everything there, instead of in a temporary folder')
    .addOption(new Option('--split <how>', 'how the digits are divided').choices(SPLITS).default('iid'))
    .option('--keep', 'do not remove the temporary folder')
    .parse([...args], { from: 'user' })
    .opts<DemoOptions>();
}
