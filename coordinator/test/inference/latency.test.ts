import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageAt, measured } from '../../src/inference/latency.ts';

describe('measured', () => {
  it('jumps up to a slower sample at once', () => {
    expect(measured({ averageMs: 10, atMs: 0 }, 500, 1)).toEqual({ averageMs: 500, atMs: 1 });
  });

  it('comes down by halves: after one half-life of 10 s it lies in the middle', () => {
    // 100 · ½ + 20 · (1 − ½) = 60
    expect(measured({ averageMs: 100, atMs: 0 }, 20, 10_000).averageMs).toBeCloseTo(60, 10);
    // 100 · ¼ + 20 · ¾ = 40
    expect(measured({ averageMs: 100, atMs: 0 }, 20, 20_000).averageMs).toBeCloseTo(40, 10);
  });

  it('begins with the first sample', () => {
    expect(measured(undefined, 42, 7)).toEqual({ averageMs: 42, atMs: 7 });
  });

  it('never lies above the slowest or below the fastest sample, and stays positive', () => {
    const samples = fc.array(
      fc.record({ sampleMs: fc.double({ min: 1, max: 1e6, noNaN: true }), waitMs: fc.nat(60_000) }),
      {
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(samples, (steps) => {
        let latency: { averageMs: number; atMs: number } | undefined;
        let nowMs = 0;
        for (const { sampleMs, waitMs } of steps) latency = measured(latency, sampleMs, (nowMs += waitMs));
        const all = steps.map(({ sampleMs }) => sampleMs);
        expect(latency?.averageMs).toBeLessThanOrEqual(Math.max(...all) * (1 + 1e-12));
        expect(latency?.averageMs).toBeGreaterThanOrEqual(Math.min(...all) * (1 - 1e-12));
      }),
    );
  });
});

describe('averageAt', () => {
  it('fades while nothing is measured, and never to zero', () => {
    expect(averageAt({ averageMs: 80, atMs: 0 }, 30_000)).toBeCloseTo(10, 10);
    expect(averageAt({ averageMs: 80, atMs: 0 }, 1e9)).toBeGreaterThan(0);
  });
});
