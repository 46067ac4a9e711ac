import { describe, expect, it } from 'vitest';
import { systemClock } from '../src/index.ts';
import { fakeClock } from '../src/testing/index.ts';

describe('systemClock', () => {
  it('fires, and does not fire what was cancelled', async () => {
    let fired = 0;
    systemClock.setTimer(0, () => (fired += 10)).cancel();
    await new Promise<void>((resolve) => {
      systemClock.setTimer(0, () => {
        fired += 1;
        resolve();
      });
    });
    expect(fired).toBe(1);
  });

  it('does not take a wait of a month for no wait', () => {
    let hasFired = false;
    const timer = systemClock.setTimer(31 * 24 * 3_600_000, () => (hasFired = true)).unref();
    timer.cancel();
    expect(hasFired).toBe(false);
  });

  it('tells the time of day and a time that only grows', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
    const before = systemClock.monotonicMs();
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
  });
});

describe('fakeClock', () => {
  it('fires timers in the order in which they come due', async () => {
    const clock = fakeClock(1_000);
    const fired: string[] = [];
    clock.setTimer(30, () => fired.push(`c@${clock.now()}`));
    clock.setTimer(10, () => fired.push(`a@${clock.now()}`));
    clock.setTimer(10, () => fired.push(`b@${clock.now()}`));
    await clock.advance(29);
    expect(fired).toEqual(['a@1010', 'b@1010']);
    await clock.advance(1);
    expect(fired).toEqual(['a@1010', 'b@1010', 'c@1030']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps pace with a loop that sleeps', async () => {
    const clock = fakeClock(0);
    const beats: number[] = [];
    const stop = new AbortController();
    const loop = (async () => {
      while (!stop.signal.aborted) {
        beats.push(clock.monotonicMs());
        await clock.sleep(1_000, stop.signal).catch(() => undefined);
      }
    })();
    await clock.advance(3_500);
    stop.abort();
    await loop;
    expect(beats).toEqual([0, 1_000, 2_000, 3_000]);
  });

  it('wakes a sleeper with the reason of the signal', async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const slept = expect(clock.sleep(1_000, stop.signal)).rejects.toThrow('enough');
    stop.abort(new Error('enough'));
    await slept;
    await expect(clock.sleep(1, stop.signal)).rejects.toThrow('enough');
    expect(clock.pendingTimers).toBe(0);
  });

  it('moves the wall clock alone', async () => {
    const clock = fakeClock(0);
    await clock.advance(100);
    clock.setWallClock(50);
    expect([clock.now(), clock.monotonicMs()]).toEqual([50, 100]);
  });
});
