import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, place } from '../../src/inference/placement.ts';

const inflightMax = 4;
const candidate = fc.record({
  node: fc.uuid(),
  inflight: fc.nat(6),
  latencyMs: fc.option(fc.double({ min: 0.1, max: 1e4, noNaN: true }), { nil: undefined }),
});
const candidates = fc.uniqueArray(candidate, { selector: ({ node }) => node, maxLength: 20 });

/** Nodes that answer in a fixed time, one request after another, under a caller that keeps `open` requests open. */
function share(serviceMs: Readonly<Record<string, number>>, requests: number, open: number): Record<string, number> {
  const nodes = Object.keys(serviceMs);
  const queues = new Map<string, number[]>(nodes.map((node) => [node, []]));
  const counts: Record<string, number> = Object.fromEntries(nodes.map((node) => [node, 0]));
  let nowMs = 0;
  for (let turn = 0; turn < requests; turn++) {
    const all = (): number[] => [...queues.values()].flat();
    if (all().length >= open) {
      nowMs = Math.min(...all());
      for (const [node, queue] of queues)
        queues.set(
          node,
          queue.filter((doneMs) => doneMs > nowMs),
        );
    }
    const known = nodes.map((node) => ({ node, inflight: queues.get(node)?.length ?? 0, latencyMs: serviceMs[node] }));
    const chosen = place(known, { inflightMax: 1_000, turn });
    if (!('node' in chosen)) throw new Error('nobody was chosen');
    const queue = queues.get(chosen.node) ?? [];
    queue.push(Math.max(nowMs, ...queue) + (serviceMs[chosen.node] ?? 0));
    counts[chosen.node] = (counts[chosen.node] ?? 0) + 1;
  }
  return counts;
}

describe('place', () => {
  it('says when nobody is there and when all are full', () => {
    expect(place([], { inflightMax, turn: 0 })).toEqual({ refusal: 'none' });
    const full = [{ node: 'a', inflight: inflightMax, latencyMs: 1 }];
    expect(place(full, { inflightMax, turn: 0 })).toEqual({ refusal: 'full' });
  });

  it('never picks a full node, or one that is not among the candidates', () => {
    fc.assert(
      fc.property(candidates, fc.nat(), (given, turn) => {
        const placement = place(given, { inflightMax, turn });
        const open = given.filter(({ inflight }) => inflight < inflightMax);
        if ('node' in placement) expect(open.map(({ node }) => node)).toContain(placement.node);
        else expect(open).toEqual([]);
      }),
    );
  });

  it('picks the least product of requests and latency', () => {
    fc.assert(
      fc.property(candidates, fc.nat(), (given, turn) => {
        const known = given.map((one) => ({ ...one, latencyMs: one.latencyMs ?? 5 }));
        const placement = place(known, { inflightMax, turn });
        if (!('node' in placement)) return;
        const cost = ({ inflight, latencyMs }: (typeof known)[number]): number => (inflight + 1) * latencyMs;
        const chosen = known.find(({ node }) => node === placement.node);
        const open = known.filter(({ inflight }) => inflight < inflightMax);
        expect(chosen && cost(chosen)).toBe(Math.min(...open.map(cost)));
      }),
    );
  });

  it('spreads over equal nodes evenly, whoever they are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 20 }), (nodes, rounds) => {
        const counts = new Map<number, number>();
        const equal: Candidate<number>[] = Array.from({ length: nodes }, (_, node) => ({
          node,
          inflight: 0,
          latencyMs: 3,
        }));
        for (let turn = 0; turn < nodes * rounds; turn++) {
          const placement = place(equal, { inflightMax, turn });
          if ('node' in placement) counts.set(placement.node, (counts.get(placement.node) ?? 0) + 1);
        }
        expect([...counts.values()]).toEqual(Array.from({ length: nodes }, () => rounds));
      }),
    );
  });

  it('fills idle equal nodes one after another', () => {
    const inflight = new Map([
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ]);
    for (let turn = 0; turn < 9; turn++) {
      const given = [...inflight].map(([node, count]) => ({ node, inflight: count, latencyMs: 10 }));
      const placement = place(given, { inflightMax, turn });
      if ('node' in placement) inflight.set(placement.node, (inflight.get(placement.node) ?? 0) + 1);
    }
    expect([...inflight.values()]).toEqual([3, 3, 3]);
  });

  it('tries a node that was never asked before it queues at one that is known', () => {
    const given = [
      { node: 'known', inflight: 1, latencyMs: 5 },
      { node: 'new', inflight: 0, latencyMs: undefined },
    ];
    expect(place(given, { inflightMax, turn: 0 })).toEqual({ node: 'new' });
  });

  it('gives a node that is four times as fast about four times as much', () => {
    // Two queues that are kept full serve in the ratio of their speeds, 1/10 to 1/40: 80% and 20% of 2,000.
    const counts = share({ fast: 10, slow: 40 }, 2_000, 20);
    expect(counts['fast']).toBeGreaterThan(1_500);
    expect(counts['fast']).toBeLessThan(1_700);
  });

  it('leaves a slow node alone while a fast one is idle', () => {
    expect(share({ fast: 10, slow: 200 }, 100, 1)).toEqual({ fast: 100, slow: 0 });
  });
});
