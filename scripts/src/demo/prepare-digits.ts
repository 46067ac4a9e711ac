import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sedge/kit';
import { digitsOf, writeDigits, type Digits } from '../data/digits.ts';
import { dataPlaces, findDigits, type FoundDigits } from '../data/find-data.ts';
import type { DatasetShare } from '../local-fleet/agent-process.ts';
import { shareDigits, type Split } from '../local-fleet/digit-shares.ts';

/** From scripts/src/demo and scripts/dist/demo alike. */
const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/** A way to divide the training rows: among the first nodes of all processes, or among all nodes. */
export interface SharedSet {
  readonly name: string;
  readonly among: 'processes' | 'nodes';
}

export interface PreparedDigits extends Digits {
  readonly found: FoundDigits;
  /** What each node of the fleet holds. */
  readonly sharesOf: (place: { readonly agent: number; readonly identity: number }) => readonly DatasetShare[];
}

export interface Preparation {
  readonly agents: number;
  readonly identities: number;
  readonly sets: readonly SharedSet[];
  readonly split: Split;
  readonly seed: string;
}

/** Finds the digits and divides the training rows, once for each set. Files are written to the folder. */
export async function prepareDigits(
  folder: string,
  { agents, identities, seed, sets, split }: Preparation,
): Promise<PreparedDigits> {
  const places = dataPlaces(process.env, homedir(), checkout);
  const found = await findDigits({ ...places, fetch, clock: systemClock, seed });
  const digits = digitsOf(found);
  const files = await writeDigits(folder, found);
  const shared = { file: files.train, labels: digits.train.labels, folder: join(folder, 'rows'), seed, split };
  const divided = await Promise.all(
    sets.map(async ({ among, name }) => {
      const perProcess = among === 'processes' ? 1 : identities;
      return { perProcess, shares: await shareDigits(shared, name, agents * perProcess) };
    }),
  );
  const sharesOf: PreparedDigits['sharesOf'] = ({ agent, identity }) =>
    divided.flatMap(({ perProcess, shares }) => {
      const first = agent * perProcess + identity;
      return identity < perProcess ? shares.slice(first, first + 1) : [];
    });
  return { ...digits, found, sharesOf };
}
