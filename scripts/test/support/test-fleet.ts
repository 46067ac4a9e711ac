import { startFleet, type Fleet, type FleetOptions } from '../../src/local-fleet/fleet.ts';
import { temporaryFolder } from '../../src/local-fleet/folder.ts';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { digitsOf, writeDigits, type Digits } from '../../src/data/digits.ts';
import { drawnDigits } from '../../src/data/drawn-digits.ts';
import { shareDigits } from '../../src/local-fleet/digit-shares.ts';

export interface TestFleet extends AsyncDisposable {
  readonly fleet: Fleet;
  readonly digits: Digits;
}

/** Every node holds its share of drawn digits under this name. */
export const SHARED = 'digits';

/** Real processes on free ports, with drawn digits, so that the result does not depend on what lies on the machine. */
export async function startTestFleet(
  options: Pick<FleetOptions, 'agents' | 'env' | 'agentLauncher'>,
): Promise<TestFleet> {
  const folder = await temporaryFolder();
  const tables = drawnDigits('system tests');
  const { train: file } = await writeDigits(folder, tables);
  const digits = digitsOf(tables);
  const shares = await shareDigits(
    { file, labels: digits.train.labels, folder: join(folder, 'rows'), seed: 'system tests', split: 'iid' },
    SHARED,
    options.agents,
  );
  const sharesOf: FleetOptions['sharesOf'] = ({ agent }) => shares.slice(agent, agent + 1);
  const fleet = await startFleet({ ...options, folder, sharesOf });
  return {
    fleet,
    digits,
    async [Symbol.asyncDispose]() {
      await fleet.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
