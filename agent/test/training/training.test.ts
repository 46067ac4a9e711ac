import { nodeCrypto } from '@sedge/kit';
import { float32Tensor, decodeTensorFrame, float32Values, updateHead, type NodeId, type RunId } from '@sedge/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchSeed } from '../../src/training/batch-seed.ts';
import { deltaOf } from '../../src/training/delta.ts';
import { FairQueue } from '../../src/training/fair-queue.ts';
import { encodeUpdate } from '../../src/training/update.ts';

const parameters = [
  { name: 'weight', shape: [2, 2] },
  { name: 'bias', shape: [2] },
];

describe('the difference of weights', () => {
  it('stands in the order of the parameters, whatever the order of the arrays', () => {
    const before = [float32Tensor('bias', [2], [1, 2]), float32Tensor('weight', [2, 2], [1, 1, 1, 1])];
    const after = [float32Tensor('weight', [2, 2], [2, 3, 4, 5]), float32Tensor('bias', [2], [1, 4])];
    expect([...deltaOf(parameters, before, after)]).toEqual([1, 2, 3, 4, 0, 2]);
  });

  it.each([
    ['an array is missing', [float32Tensor('weight', [2, 2], [1, 1, 1, 1])], 'TENSOR_MISMATCH'],
    [
      'an array has another size',
      [float32Tensor('weight', [2, 2], [1, 1, 1, 1]), float32Tensor('bias', [1], [1])],
      'TENSOR_MISMATCH',
    ],
    [
      'training diverged',
      [float32Tensor('weight', [2, 2], [1, NaN, 1, 1]), float32Tensor('bias', [2], [1, 1])],
      'UPDATE_INVALID',
    ],
  ])('is refused when %s', (_, after, code) => {
    const before = [float32Tensor('weight', [2, 2], [0, 0, 0, 0]), float32Tensor('bias', [2], [0, 0])];
    expect(() => deltaOf(parameters, before, after)).toThrow(code);
  });
});

describe('an update', () => {
  it('with a clip norm is never longer than it and carries its attempt alone', () => {
    const values = fc.float32Array({ minLength: 1, maxLength: 50, noNaN: true, min: -1e6, max: 1e6 });
    fc.assert(
      fc.property(values, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (delta, clipNorm) => {
        const trained = { delta, examples: 3, metrics: [{ name: 'loss', value: 1 }] };
        const { head, tensors } = decodeTensorFrame(encodeUpdate({ attempt: 2, clipNorm }, trained), updateHead);
        expect(head).toEqual({ attempt: 2 });
        const [tensor] = tensors;
        expect(
          tensor && Math.sqrt([...float32Values(tensor)].reduce((sum, value) => sum + value ** 2, 0)),
        ).toBeLessThanOrEqual(clipNorm);
      }),
    );
  });

  it('without one carries counts and the metrics that are numbers', () => {
    const metrics = [
      { name: 'loss', value: 0.5 },
      { name: 'broken', value: NaN },
    ];
    const bytes = encodeUpdate({ attempt: 1 }, { delta: Float32Array.of(1), examples: 3, metrics });
    expect(decodeTensorFrame(bytes, updateHead).head).toEqual({
      attempt: 1,
      examples: 3,
      metrics: [{ name: 'loss', value: 0.5 }],
    });
  });
});

describe('the seed of the batches', () => {
  it('is the same for the same node, run and round, and another for any other', () => {
    const of = (seed: string, run: string, round: number, node: string): bigint =>
      batchSeed(nodeCrypto, { seed, run: run as RunId, round }, node as NodeId);
    expect(of('s', 'r', 1, 'n')).toBe(of('s', 'r', 1, 'n'));
    const seeds = [
      of('s', 'r', 1, 'n'),
      of('t', 'r', 1, 'n'),
      of('s', 'q', 1, 'n'),
      of('s', 'r', 2, 'n'),
      of('s', 'r', 1, 'm'),
    ];
    expect(new Set(seeds).size).toBe(5);
  });
});

describe('the queue of trainings', () => {
  it('runs one at a time, owners in turns', async () => {
    const queue = new FairQueue(3);
    const order: string[] = [];
    let running = 0;
    const task = (name: string) => async (): Promise<void> => {
      running += 1;
      expect(running).toBe(1);
      await Promise.resolve();
      order.push(name);
      running -= 1;
    };
    await Promise.all([
      queue.run('a', task('a1')),
      queue.run('a', task('a2')),
      queue.run('a', task('a3')),
      queue.run('b', task('b1')),
      queue.run('c', task('c1')),
    ]);
    expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3']);
  });

  it('fails the caller of a task that throws before its first await, and goes on', async () => {
    const queue = new FairQueue(3);
    const closed = queue.run('a', () => {
      throw new Error('the round was closed while it waited');
    });
    const next = queue.run('a', async () => 'next');
    await expect(closed).rejects.toThrow('the round was closed while it waited');
    await expect(next).resolves.toBe('next');
    expect(queue.load('a')).toBe(0);
  });

  it('refuses an owner with too many, goes on after a failure, and ends what waits when it stops', async () => {
    const queue = new FairQueue(1);
    let release = (): void => undefined;
    const first = queue.run('a', () => new Promise<void>((resolve) => (release = resolve)));
    const failing = queue.run('a', () => Promise.reject(new Error('it failed')));
    await expect(queue.run('a', async () => 1)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(queue.load('a')).toBe(2);
    release();
    await first;
    await expect(failing).rejects.toThrow('it failed');
    const held = queue.run('a', () => new Promise<void>((resolve) => (release = resolve)));
    const waiting = queue.run('b', async () => 1);
    queue.stop();
    await expect(waiting).rejects.toMatchObject({ code: 'STOPPING' });
    release();
    await held;
  });
});
