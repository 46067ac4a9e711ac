/** A pending call. */
export interface Timer {
  /** The call will not come; fine after it came, and twice. */
  cancel(): void;
  /** The process may end while this timer is pending. */
  unref(): Timer;
}

/** Time, given as an argument so that no test waits for it. */
export interface Clock {
  /** Wall clock: milliseconds since 1970-01-01 UTC. May jump, so measure with `monotonicMs`. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonicMs(): number;
  setTimer(delayMs: number, run: () => void): Timer;
  /** Rejects with the reason of the signal when that aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Node fires a timer with a longer delay than this after 1 ms instead. */
const NODE_TIMER_MS_MAX = 0x7fff_ffff;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer: setSystemTimer,
  sleep: (delayMs, signal) => sleepOn(systemClock, delayMs, signal),
};

function setSystemTimer(delayMs: number, run: () => void): Timer {
  const handle = setTimeout(run, Math.min(delayMs, NODE_TIMER_MS_MAX));
  const timer: Timer = {
    cancel: () => clearTimeout(handle),
    unref() {
      handle.unref();
      return timer;
    },
  };
  return timer;
}

/** `sleep` in terms of `setTimer`, for implementations of Clock. */
export function sleepOn(clock: Pick<Clock, 'setTimer'>, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(reasonOf(signal));
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = (): void => {
      timer.cancel();
      if (signal !== undefined) reject(reasonOf(signal));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}
