import { chunkFrames, limits, type NodeId, newStreamId, type RequestId, type SedgeError } from '@sedge/protocol';
import { nodeCrypto } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { Inflight } from '../../src/inference/inflight.ts';

const node = 'node-a' as NodeId;
const id = (text: string): RequestId => text as RequestId;
const frames = (bytes: Uint8Array): Uint8Array[] => [
  ...chunkFrames(nodeCrypto, { stream: newStreamId(nodeCrypto), encoding: 'tensorFrame', bytes }),
];

function setUp(perNodeMax = 2) {
  const clock = fakeClock();
  const counts: number[] = [];
  const inflight = new Inflight({ clock, crypto: nodeCrypto, perNodeMax, changed: (count) => counts.push(count) });
  const never = new AbortController().signal;
  const wait = (request: string, signal = never) =>
    inflight.wait(id(request), node, 1_000, signal).catch((error: unknown) => (error as SedgeError).code);
  return { clock, inflight, counts, wait };
}

describe('Inflight', () => {
  it('puts an answer of several frames together in any order', async () => {
    const { inflight, wait, counts, clock } = setUp();
    const bytes = new Uint8Array(limits.chunkDataBytesMax + 10).fill(7);
    const answer = wait('r1');
    for (const frame of frames(bytes).reverse()) inflight.take(id('r1'), node, frame);
    expect(await answer).toEqual(bytes);
    expect(counts).toEqual([1, 0]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('refuses more than one node may have, and takes more after an answer', async () => {
    const { inflight, wait } = setUp(1);
    const first = wait('r1');
    expect(await wait('r2')).toBe('QUEUE_FULL');
    for (const frame of frames(Uint8Array.of(1))) inflight.take(id('r1'), node, frame);
    await first;
    const third = wait('r3');
    expect(inflight.countOf(node)).toBe(1);
    inflight.nodeLost(node);
    expect(await third).toBe('NODE_LOST');
  });

  it('gives up at the deadline', async () => {
    const { clock, inflight, wait } = setUp();
    const answer = wait('r1');
    await clock.advance(999);
    expect(inflight.size).toBe(1);
    await clock.advance(1);
    expect(await answer).toBe('INFERENCE_TIMEOUT');
    expect(inflight.size).toBe(0);
  });

  it('ends what waits for a lost node and nothing else', async () => {
    const { inflight, wait } = setUp();
    const mine = wait('r1');
    const other = inflight.wait(id('r2'), 'node-b' as NodeId, 1_000, new AbortController().signal);
    inflight.nodeLost(node);
    expect(await mine).toBe('NODE_LOST');
    for (const frame of frames(Uint8Array.of(5))) inflight.take(id('r2'), 'node-b' as NodeId, frame);
    expect(await other).toEqual(Uint8Array.of(5));
  });

  it('ends when nobody waits any more, also when that is so from the start', async () => {
    const { inflight, wait } = setUp();
    const caller = new AbortController();
    const answer = wait('r1', caller.signal);
    caller.abort();
    expect(await answer).toBe('BAD_REQUEST');
    expect(await wait('r2', caller.signal)).toBe('BAD_REQUEST');
    expect(inflight.size).toBe(0);
  });

  it('does not take an answer from another node, or twice', async () => {
    const { inflight, wait } = setUp();
    const answer = wait('r1');
    for (const frame of frames(Uint8Array.of(1))) inflight.take(id('r1'), 'node-b' as NodeId, frame);
    for (const frame of frames(Uint8Array.of(2))) inflight.take(id('r1'), node, frame);
    for (const frame of frames(Uint8Array.of(3))) inflight.take(id('r1'), node, frame);
    expect(await answer).toEqual(Uint8Array.of(2));
  });

  it('blames the node for a damaged frame', async () => {
    const { inflight, wait } = setUp();
    const answer = wait('r1');
    inflight.take(id('r1'), node, Uint8Array.of(1, 2, 3));
    expect(await answer).toBe('MODEL_FAILED');
  });

  it('does not keep memory for an answer that announces more than a stream may have', async () => {
    const { inflight, wait } = setUp();
    const answer = wait('r1');
    const [frame] = frames(Uint8Array.of(1));
    // Bytes 40 to 47 are the total length of the stream.
    const hostile = frame ?? new Uint8Array();
    new DataView(hostile.buffer).setBigUint64(40, BigInt(limits.streamBytesMax + 1), true);
    inflight.take(id('r1'), node, hostile);
    expect(await answer).toBe('MODEL_FAILED');
  });

  it('ends everything at the stop', async () => {
    const { inflight, wait } = setUp();
    const answers = [wait('r1'), wait('r2')];
    inflight.stop();
    expect(await Promise.all(answers)).toEqual(['STOPPING', 'STOPPING']);
  });
});
