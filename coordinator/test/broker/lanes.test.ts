import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lanes } from '../../src/broker/lanes.ts';

const noError = (): void => undefined;

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('Lanes', () => {
  it('runs a task of an idle lane at once', () => {
    const done: string[] = [];
    new Lanes(1, noError).run('a', () => void done.push('a'));
    expect(done).toEqual(['a']);
  });

  it('keeps the order within a lane, and no lane waits for another', async () => {
    const done: string[] = [];
    const slow = gate();
    const lanes = new Lanes(10, noError);
    lanes.run('a', async () => {
      await slow.opened;
      done.push('a1');
    });
    lanes.run('a', () => void done.push('a2'));
    lanes.run('b', () => void done.push('b1'));
    expect(done).toEqual(['b1']);
    slow.open();
    await expect.poll(() => done).toEqual(['b1', 'a1', 'a2']);
    expect(lanes.busy).toBe(0);
  });

  it('does not take more than may wait', async () => {
    const lanes = new Lanes(2, noError);
    const slow = gate();
    lanes.run('a', () => slow.opened);
    expect([1, 2, 3].map(() => lanes.run('a', noError))).toEqual([true, true, false]);
    slow.open();
    await expect.poll(() => lanes.busy).toBe(0);
    expect(lanes.run('a', noError)).toBe(true);
  });

  it('goes on after tasks that throw and reject', async () => {
    const errors: unknown[] = [];
    const lanes = new Lanes(10, (key, error) => errors.push([key, (error as Error).message]));
    lanes.run('a', () => {
      throw new Error('thrown');
    });
    lanes.run('a', () => Promise.reject(new Error('rejected')));
    lanes.run('a', () => {
      throw new Error('thrown later');
    });
    await expect.poll(() => lanes.busy).toBe(0);
    expect(errors).toEqual([
      ['a', 'thrown'],
      ['a', 'rejected'],
      ['a', 'thrown later'],
    ]);
  });

  it('keeps the order of each lane under any mixture of quick and slow tasks', async () => {
    const task = fc.record({ key: fc.constantFrom('a', 'b', 'c'), ticks: fc.integer({ min: 0, max: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(task, { maxLength: 30 }), async (tasks) => {
        const lanes = new Lanes(100, noError);
        const done: Record<string, number[]> = { a: [], b: [], c: [] };
        tasks.forEach(({ key, ticks }, index) => {
          lanes.run(key, async () => {
            for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
            done[key]?.push(index);
          });
        });
        while (lanes.busy > 0) await new Promise(setImmediate);
        for (const order of Object.values(done)) expect(order).toEqual([...order].sort((x, y) => x - y));
        expect(Object.values(done).flat()).toHaveLength(tasks.length);
      }),
    );
  });
});
