import { systemClock } from '@sedge/kit';
import { asSedgeError } from '@sedge/protocol';
import { expect } from 'vitest';

/** A deadline may be overrun by so much. */
const OVERRUN_MS = 50;

/** The code of the error that the work ends with. */
export async function failure(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return asSedgeError(error).code;
  }
}

/** The same; and it must not come long after a timer of ours for the same moment. */
export async function failureWithin(timeoutMs: number, work: () => Promise<unknown>): Promise<string | undefined> {
  let dueMs = Number.POSITIVE_INFINITY;
  const timer = systemClock.setTimer(timeoutMs, () => {
    dueMs = systemClock.monotonicMs();
  });
  const code = await failure(work);
  timer.cancel();
  expect(systemClock.monotonicMs() - dueMs).toBeLessThanOrEqual(OVERRUN_MS);
  return code;
}
