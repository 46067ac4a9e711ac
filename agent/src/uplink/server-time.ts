import type { Log } from '@sedge/kit';
import type { ServerClock } from '../identity/server-clock.ts';

export interface ServerTimeOptions {
  readonly clock: ServerClock;
  /** The coordinator's clock over HTTP. Throws where HTTP does not reach it. */
  readonly ask: () => Promise<number>;
  readonly log: Log;
}

/** An oscillator of a board drifts by some seconds a day; tokens allow for a minute. */
const FRESH_MS = 6 * 3_600_000;

/** Learns the coordinator's time anew when what is known is old or doubted; without HTTP it stays with that. */
export async function refreshServerTime({ clock, ask, log }: ServerTimeOptions): Promise<void> {
  if (clock.ageMs < FRESH_MS) return;
  try {
    clock.learn(await ask());
  } catch (error) {
    log.debug('the coordinator does not tell the time over HTTP', { error });
  }
}
