import { describe, expect, it } from 'vitest';
import { TaskQueue } from '../src/index.ts';
import { fakeClock } from '../src/testing/index.ts';

describe('TaskQueue', () => {
  it('runs one task at a time, in order', async () => {
    const clock = fakeClock(0);
    const queue = new TaskQueue(10);
    const events: string[] = [];
    const task = (name: string, durationMs: number) => async () => {
      events.push(`${name} begins`);
      await clock.sleep(durationMs);
      events.push(`${name} ends`);
      return name;
    };
    const results = Promise.all([queue.run(task('slow', 20)), queue.run(task('fast', 1))]);
    await clock.advance(30);
    expect(await results).toEqual(['slow', 'fast']);
    expect(events).toEqual(['slow begins', 'slow ends', 'fast begins', 'fast ends']);
  });

  it('hands an error to its caller and goes on', async () => {
    const queue = new TaskQueue(10);
    const failing = queue.run(() => {
      throw new Error('broken');
    });
    const rejecting = queue.run(() => Promise.reject(new Error('rejected')));
    const fine = queue.run(() => 7);
    await expect(failing).rejects.toThrow('broken');
    await expect(rejecting).rejects.toThrow('rejected');
    expect(await fine).toBe(7);
  });

  it('refuses with OVERLOADED beyond its capacity', async () => {
    const clock = fakeClock();
    const queue = new TaskQueue(1);
    const running = queue.run(() => clock.sleep(5));
    const waiting = queue.run(() => 'waited');
    await expect(queue.run(() => 'never')).rejects.toMatchObject({ code: 'OVERLOADED' });
    await clock.advance(5);
    await running;
    expect(await waiting).toBe('waited');
  });

  it('finishes what it has when it is closed', async () => {
    const clock = fakeClock();
    const queue = new TaskQueue(2);
    const work = Promise.all([queue.run(() => clock.sleep(5)), queue.run(() => clock.sleep(5))]);
    let isClosed = false;
    const closed = queue.close().then(() => (isClosed = true));
    await expect(queue.run(() => 0)).rejects.toMatchObject({ code: 'STOPPING' });
    await clock.advance(9);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await Promise.all([work, closed]);
  });

  it('refuses what waits when it is abandoned', async () => {
    const clock = fakeClock();
    const queue = new TaskQueue(2);
    const running = queue.run(() => clock.sleep(5).then(() => 'done'));
    const waiting = expect(queue.run(() => 0)).rejects.toMatchObject({ code: 'STOPPING' });
    const abandoned = queue.abandon();
    await waiting;
    await clock.advance(5);
    await abandoned;
    expect(await running).toBe('done');
    await queue.idle();
  });
});
