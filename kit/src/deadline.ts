import { type ErrorCode, SedgeError } from '@sedge/protocol';
import type { Clock } from './clock.ts';

/** The result of the promise, or an error with this code when it takes longer. The work itself goes on. */
export function withDeadline<Result>(
  work: Promise<Result>,
  timeoutMs: number,
  clock: Pick<Clock, 'setTimer'>,
  code: ErrorCode,
  detail = `not done within ${timeoutMs} ms`,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(timeoutMs, () => reject(new SedgeError(code, detail)));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** A signal with an end: when `release` is called it lets go of its timer and of the signals it listens to. */
export interface ScopedSignal extends Disposable {
  readonly signal: AbortSignal;
  release(): void;
}

export interface DeadlineSignalOptions {
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly timeoutMs: number;
  /** The reason to abort is an error with this code. */
  readonly code: ErrorCode;
  /** Abort as well when one of these does, with its reason. */
  readonly parents?: readonly AbortSignal[];
}

/** Aborts at the deadline, or with the first of its parents. */
export function deadlineSignal({ clock, timeoutMs, code, parents = [] }: DeadlineSignalOptions): ScopedSignal {
  const controller = new AbortController();
  const timer = clock.setTimer(timeoutMs, () => {
    controller.abort(new SedgeError(code, `not done within ${timeoutMs} ms`));
  });
  return scoped(controller, parents, () => timer.cancel());
}

/** Aborts with the first of the given signals. `AbortSignal.any` would stay tied to a long-lived parent. */
export function anySignal(parents: readonly AbortSignal[]): ScopedSignal {
  return scoped(new AbortController(), parents, () => undefined);
}

function scoped(controller: AbortController, parents: readonly AbortSignal[], end: () => void): ScopedSignal {
  const onAbort = (): void => {
    const aborted = parents.find((parent) => parent.aborted);
    controller.abort(aborted?.reason);
    release();
  };
  const release = (): void => {
    end();
    for (const parent of parents) parent.removeEventListener('abort', onAbort);
  };
  for (const parent of parents) parent.addEventListener('abort', onAbort, { once: true });
  if (parents.some((parent) => parent.aborted)) onAbort();
  return { signal: controller.signal, release, [Symbol.dispose]: release };
}

/** The result of the promise, or the reason of the signal when that aborts first. The work itself goes on. */
export function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    // Also when nobody waits any more: a rejection that nobody hears would end the process.
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
