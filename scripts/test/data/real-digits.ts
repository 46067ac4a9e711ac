import { fileURLToPath } from 'node:url';
import { fakeClock } from '@sedge/kit/testing';
import { dataPlaces, findDigits } from '../../src/data/find-data.ts';
import type { DigitsTables } from '../../src/data/published-digits.ts';

/** The published digits where they lie on this machine, or undefined (with a printed reason); nothing is downloaded. */
export async function realDigits(): Promise<DigitsTables | undefined> {
  const checkout = fileURLToPath(new URL('../../../', import.meta.url));
  const places = dataPlaces(process.env, process.env['HOME'] ?? checkout, checkout);
  const found = await findDigits({ ...places, fetch: undefined, clock: fakeClock() });
  if (found.origin !== 'drawn') return found;
  const reasons = found.passedOver.map(({ origin, reason }) => `${origin}: ${reason}`).join('; ');
  process.stderr.write(`skipped: the published digits are not here (${reasons})\n`);
  return undefined;
}
