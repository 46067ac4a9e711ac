import { fakeClock } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { PullMeter } from '../../src/models/pull-meter.ts';

const MB = 1_000_000;

describe('a pull', () => {
  it('says how much is here, how fast it comes, and how long it will take', async () => {
    const clock = fakeClock();
    const meter = new PullMeter(10 * MB, clock);
    meter.note(0);
    expect(meter.progress).toEqual({ doneBytes: 0, totalBytes: 10 * MB });
    await clock.advance(2_000);
    meter.note(4 * MB);
    // 4 MB in 2 s are 2 MB/s, so that the other 6 MB take 3 s.
    expect(meter.progress).toEqual({ doneBytes: 4 * MB, totalBytes: 10 * MB, bytesPerS: 2 * MB, secondsLeft: 3 });
  });

  it('counts what was here before as done, not as speed', async () => {
    const clock = fakeClock();
    const meter = new PullMeter(10 * MB, clock);
    meter.note(8 * MB);
    await clock.advance(1_000);
    meter.note(9 * MB);
    expect(meter.progress).toMatchObject({ doneBytes: 9 * MB, bytesPerS: MB, secondsLeft: 1 });
  });

  it('is as fast as in the last seconds', async () => {
    const clock = fakeClock();
    const meter = new PullMeter(100 * MB, clock);
    for (let second = 0; second <= 10; second += 1) {
      meter.note(second * MB);
      await clock.advance(1_000);
    }
    expect(meter.progress.bytesPerS).toBeLessThanOrEqual(MB);
    for (let second = 1; second <= 10; second += 1) {
      meter.note(10 * MB + second * 4 * MB);
      await clock.advance(1_000);
    }
    expect(meter.progress.bytesPerS).toBeGreaterThan(3 * MB);
  });

  it('that stalls gets slower, and never ends', async () => {
    const clock = fakeClock();
    const meter = new PullMeter(10 * MB, clock);
    meter.note(1 * MB);
    await clock.advance(1_000);
    expect(meter.progress).toEqual({ doneBytes: MB, totalBytes: 10 * MB, bytesPerS: 0 });
  });
});
