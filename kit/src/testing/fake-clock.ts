import { type Clock, sleepOn, type Timer } from '../clock.ts';

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /**
   * Moves time on and fires the timers that come due, in order. Promise reactions run before, between and after
   * them, so that a loop which sets its next timer in an async function keeps pace.
   */
  advance(durationMs: number): Promise<void>;
  /** Lets promise reactions run without moving time. */
  settle(): Promise<void>;
  /** Moves only the wall clock, as a time server does. */
  setWallClock(nowMs: number): void;
  readonly pendingTimers: number;
}

interface PendingTimer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** 2026-01-01T00:00:00Z */
const DEFAULT_NOW_MS = 1_767_225_600_000;

export function fakeClock(startMs: number = DEFAULT_NOW_MS): FakeClock {
  const pending = new Set<PendingTimer>();
  let elapsedMs = 0;
  let wallOffsetMs = startMs;

  function setTimer(delayMs: number, run: () => void): Timer {
    const entry = { dueMs: elapsedMs + Math.max(0, delayMs), run };
    pending.add(entry);
    const timer: Timer = { cancel: () => void pending.delete(entry), unref: () => timer };
    return timer;
  }

  async function advance(durationMs: number): Promise<void> {
    const endMs = elapsedMs + durationMs;
    await settle();
    for (let next = nextDue(pending, endMs); next !== undefined; next = nextDue(pending, endMs)) {
      elapsedMs = Math.max(elapsedMs, next.dueMs);
      pending.delete(next);
      next.run();
      await settle();
    }
    elapsedMs = endMs;
    await settle();
  }

  const clock: FakeClock = {
    now: () => wallOffsetMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    setTimer,
    sleep: (delayMs, signal) => sleepOn(clock, delayMs, signal),
    advance,
    settle,
    setWallClock(nowMs) {
      wallOffsetMs = nowMs - elapsedMs;
    },
    get pendingTimers() {
      return pending.size;
    },
  };
  return clock;
}

/** The earliest timer that is due by `endMs`; of equals the one that was set first. */
function nextDue(pending: ReadonlySet<PendingTimer>, endMs: number): PendingTimer | undefined {
  let next: PendingTimer | undefined;
  for (const timer of pending) {
    if (timer.dueMs <= endMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
  }
  return next;
}

/** Every microtask runs before the event loop reaches the next immediate. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
