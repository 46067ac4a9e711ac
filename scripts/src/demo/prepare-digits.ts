import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sedge/kit';
import { digitsOf, writeDigits, type Digits } from '../data/digits.ts';
import { dataPlaces, findDigits, type FoundDigits } from '../data/find-data.ts';
import type { DatasetShare } from '../local-fleet/agent-process.ts';
import { shareDigits } from '../local-fleet/digit-shares.ts';

/** From scripts/src/demo and scripts/dist/demo alike. */
const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/** The names under which nodes hold their share: a fifth of the digits, or a fiftieth. */
export const SHARED_BY_FIVE = 'digits-5';
export const SHARED_BY_FIFTY = 'digits-50';

export interface PreparedDigits extends Digits {
  readonly found: FoundDigits;
  /** What each node of the fleet holds. */
  readonly sharesOf: (place: { readonly agent: number; readonly identity: number }) => readonly DatasetShare[];
}

/**
 * Finds the digits and divides the training rows: among the first nodes of all processes, and among all nodes.
 * Files are written to the folder.
 */
export async function prepareDigits(
  folder: string,
  { agents, identities }: { readonly agents: number; readonly identities: number },
  seed: string,
): Promise<PreparedDigits> {
  const places = dataPlaces(process.env, homedir(), checkout);
  const found = await findDigits({ ...places, fetch, clock: systemClock, seed });
  const digits = digitsOf(found);
  const files = await writeDigits(folder, found);
  const shared = { file: files.train, rows: digits.train.rows, folder: join(folder, 'rows'), seed };
  const few = await shareDigits(shared, SHARED_BY_FIVE, agents);
  const many = await shareDigits(shared, SHARED_BY_FIFTY, agents * identities);
  const sharesOf: PreparedDigits['sharesOf'] = ({ agent, identity }) => [
    ...(identity === 0 ? few.slice(agent, agent + 1) : []),
    ...many.slice(agent * identities + identity).slice(0, 1),
  ];
  return { ...digits, found, sharesOf };
}
