import { describe, expect, it } from 'vitest';
import { anySignal, deadlineSignal, untilAborted, withDeadline } from '../src/index.ts';
import { fakeClock } from '../src/testing/index.ts';

describe('withDeadline', () => {
  it('gives the result and lets go of its timer', async () => {
    const clock = fakeClock();
    expect(await withDeadline(Promise.resolve(1), 100, clock, 'INFERENCE_TIMEOUT')).toBe(1);
    await clock.settle();
    expect(clock.pendingTimers).toBe(0);
  });

  it('throws the code when time is up', async () => {
    const clock = fakeClock();
    const late = expect(withDeadline(clock.sleep(101), 100, clock, 'INFERENCE_TIMEOUT')).rejects.toMatchObject({
      code: 'INFERENCE_TIMEOUT',
      detail: 'not done within 100 ms',
    });
    await clock.advance(100);
    await late;
  });

  it('passes an error on', async () => {
    const failing = Promise.reject(new Error('broken'));
    await expect(withDeadline(failing, 100, fakeClock(), 'INFERENCE_TIMEOUT')).rejects.toThrow('broken');
  });
});

describe('deadlineSignal', () => {
  it('aborts at the deadline with the code', async () => {
    const clock = fakeClock();
    const { signal } = deadlineSignal({ clock, timeoutMs: 50, code: 'MODEL_TIMEOUT' });
    await clock.advance(49);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toMatchObject({ code: 'MODEL_TIMEOUT' });
  });

  it('aborts with a parent, and cancels its timer', async () => {
    const clock = fakeClock();
    const parent = new AbortController();
    const { signal } = deadlineSignal({ clock, timeoutMs: 50, code: 'MODEL_TIMEOUT', parents: [parent.signal] });
    parent.abort(new Error('stopped'));
    expect(signal.reason).toEqual(new Error('stopped'));
    expect(clock.pendingTimers).toBe(0);
  });

  it('never aborts after its release', async () => {
    const clock = fakeClock();
    const parent = new AbortController();
    const scope = deadlineSignal({ clock, timeoutMs: 50, code: 'MODEL_TIMEOUT', parents: [parent.signal] });
    scope.release();
    parent.abort();
    await clock.advance(100);
    expect(scope.signal.aborted).toBe(false);
  });
});

describe('anySignal', () => {
  it('is aborted from the start if a parent is', () => {
    expect(anySignal([new AbortController().signal, AbortSignal.abort('why')]).signal.reason).toBe('why');
  });

  it('aborts with the first of its parents', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal } = anySignal([one.signal, other.signal]);
    other.abort('other');
    one.abort('one');
    expect(signal.reason).toBe('other');
  });
});

describe('untilAborted', () => {
  it('gives the result, or the reason if that comes first', async () => {
    const stop = new AbortController();
    expect(await untilAborted(Promise.resolve(3), stop.signal)).toBe(3);
    const never = expect(untilAborted(new Promise(() => undefined), stop.signal)).rejects.toThrow('enough');
    stop.abort(new Error('enough'));
    await never;
    await expect(untilAborted(Promise.resolve(3), stop.signal)).rejects.toThrow('enough');
  });

  it('that has aborted already leaves no rejection of the work unheard', async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', hear);
    try {
      const work = Promise.reject(new Error('late'));
      await expect(untilAborted(work, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
      // Node tells of unheard rejections after the queue of promises has run empty.
      await new Promise((resolve) => setImmediate(resolve));
      expect(unheard).toEqual([]);
    } finally {
      process.off('unhandledRejection', hear);
    }
  });
});
