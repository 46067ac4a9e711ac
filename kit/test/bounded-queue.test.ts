import { describe, expect, it } from 'vitest';
import { BoundedQueue } from '../src/index.ts';

describe('BoundedQueue', () => {
  it('gives items in the order in which they came', async () => {
    const queue = new BoundedQueue<string>(3);
    for (const item of ['a', 'b', 'c']) queue.offer(item);
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['a', 'b', 'c']);
  });

  it('tells the giver when it is full', async () => {
    const queue = new BoundedQueue<number>(1);
    expect([queue.offer(1), queue.offer(2), queue.size]).toEqual([true, false, 1]);
    await queue.take();
    expect(queue.offer(3)).toBe(true);
  });

  it('hands an item to the taker that waits longest', async () => {
    const queue = new BoundedQueue<number>(1);
    const takers = [queue.take(), queue.take()];
    expect([queue.offer(1), queue.offer(2), queue.size]).toEqual([true, true, 0]);
    expect(await Promise.all(takers)).toEqual([1, 2]);
  });

  it('ends its takers when it is closed and empty', async () => {
    const queue = new BoundedQueue<number>(4);
    queue.offer(0);
    queue.offer(1);
    queue.close();
    queue.close();
    expect([queue.offer(2), queue.isClosed]).toEqual([false, true]);
    const seen: number[] = [];
    for await (const item of queue) seen.push(item);
    expect(seen).toEqual([0, 1]);
    const waiting = new BoundedQueue<number>(1);
    const taken = waiting.take();
    waiting.close();
    expect(await taken).toBeUndefined();
  });
});
