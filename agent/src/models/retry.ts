import { Backoff, type Clock, type Randomness } from '@sedge/kit';
import { asSedgeError, type SedgeError } from '@sedge/protocol';

export interface RetryOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly randomness: Pick<Randomness, 'uniform'>;
  readonly signal: AbortSignal;
  /** Hears of every failure, before the wait. */
  readonly onFailure?: (error: SedgeError) => void;
}

const BASE_MS = 1_000;
const CAP_MS = 60_000;

/** Whether another attempt may go better: the transport failed, or the content is not uploaded yet. Never a refusal. */
export function mayPass({ code, retry }: SedgeError): boolean {
  return retry === 'later' || code === 'BLOB_NOT_FOUND' || code === 'UNAUTHENTICATED' || code === 'TOKEN_EXPIRED';
}

/** Tries until it works, with longer and longer waits. Throws what cannot pass, and the reason of the signal. */
export async function retryWhileItMayPass<Result>(
  work: () => Promise<Result>,
  { clock, randomness, signal, onFailure }: RetryOptions,
): Promise<Result> {
  const backoff = new Backoff({ baseMs: BASE_MS, capMs: CAP_MS, randomness });
  for (;;) {
    try {
      return await work();
    } catch (cause) {
      signal.throwIfAborted();
      const error = asSedgeError(cause);
      onFailure?.(error);
      if (!mayPass(error)) throw error;
      await clock.sleep(backoff.nextMs(), signal);
    }
  }
}
