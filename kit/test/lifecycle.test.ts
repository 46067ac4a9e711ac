import { describe, expect, it } from 'vitest';
import { Lifecycle, type Part } from '../src/index.ts';
import { collectingLog, fakeClock } from '../src/testing/index.ts';

function setUp() {
  const clock = fakeClock();
  const log = collectingLog();
  const events: string[] = [];
  const part = (name: string, more: Partial<Part> = {}): Part => ({
    name,
    start: () => void events.push(`+${name}`),
    stop: () => void events.push(`-${name}`),
    ...more,
  });
  return { clock, log, events, part, lifecycle: new Lifecycle({ clock, log, stopTimeoutMs: 100 }) };
}

const failing = (): Promise<never> => Promise.reject(new Error('broken'));

describe('Lifecycle', () => {
  it('starts in order and stops in reverse, however often it is asked', async () => {
    const { lifecycle, part, events } = setUp();
    lifecycle.add(part('store')).add(part('broker')).add(part('http'));
    await Promise.all([lifecycle.start(), lifecycle.start()]);
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    await lifecycle.stop();
    expect(events).toEqual(['+store', '+broker', '+http', '-http', '-broker', '-store']);
  });

  it('stops what was started when a part fails to start, and says which one', async () => {
    const { lifecycle, part, events, log } = setUp();
    lifecycle
      .add(part('store'))
      .add(part('broker', { start: failing }))
      .add(part('http'));
    await expect(lifecycle.start()).rejects.toThrow('broken');
    expect(events).toEqual(['+store', '-store']);
    expect(log.entries[0]?.fields).toMatchObject({ part: 'broker', error: { message: 'broken' } });
    await lifecycle.stop();
    expect(events).toEqual(['+store', '-store']);
  });

  it('stops the others when one fails to stop, and then says so', async () => {
    const { lifecycle, part, events, log } = setUp();
    lifecycle
      .add(part('store'))
      .add(part('broker', { stop: failing }))
      .add(part('http'));
    await lifecycle.start();
    await expect(lifecycle.stop()).rejects.toThrow('did not stop in order: broker');
    expect(events).toEqual(['+store', '+broker', '+http', '-http', '-store']);
    expect(log.messages('error')).toEqual(['a part did not stop']);
  });

  it('waits for a slow part until its deadline only', async () => {
    const { lifecycle, part, events, clock } = setUp();
    const forever = (): Promise<void> => new Promise(() => undefined);
    lifecycle
      .add(part('store'))
      .add(part('quick', { stop: forever, stopTimeoutMs: 10 }))
      .add(part('slow', { stop: forever }));
    await lifecycle.start();
    const stopped = expect(lifecycle.stop()).rejects.toThrow('did not stop in order: slow, quick');
    await clock.advance(109);
    expect(events).not.toContain('-store');
    await clock.advance(1);
    await stopped;
    expect(events).toContain('-store');
  });

  it('does not start the rest when it is stopped meanwhile', async () => {
    const { lifecycle, part, events, clock } = setUp();
    lifecycle.add(part('store', { start: () => clock.sleep(50) })).add(part('http'));
    const started = expect(lifecycle.start()).rejects.toMatchObject({ code: 'STOPPING' });
    const stopped = lifecycle.stop();
    await clock.advance(50);
    await started;
    await stopped;
    expect(events).toEqual(['-store']);
  });

  it('stops without ever having been started', async () => {
    const { lifecycle, part, events } = setUp();
    lifecycle.add(part('store'));
    await lifecycle.stop();
    await expect(lifecycle.start()).rejects.toMatchObject({ code: 'STOPPING' });
    expect(events).toEqual([]);
  });

  it('takes parts that only start or only stop', async () => {
    const { lifecycle } = setUp();
    lifecycle.add({ name: 'nothing' });
    await expect(lifecycle.start()).resolves.toBeUndefined();
    await expect(lifecycle.stop()).resolves.toBeUndefined();
  });
});
