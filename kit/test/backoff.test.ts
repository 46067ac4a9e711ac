import { describe, expect, it } from 'vitest';
import { Backoff, seededRandomness } from '../src/index.ts';

describe('Backoff', () => {
  it('doubles the bound up to the cap, and starts anew after a reset', () => {
    const backoff = new Backoff({ baseMs: 100, capMs: 1_000, randomness: { uniform: () => 0.5 } });
    const waits = Array.from({ length: 6 }, () => backoff.nextMs());
    expect(waits).toEqual([50, 100, 200, 400, 500, 500]);
    expect(backoff.attempts).toBe(6);
    backoff.reset();
    expect(backoff.nextMs()).toBe(50);
  });

  it('stays at the cap after a week of failures', () => {
    const backoff = new Backoff({ baseMs: 1, capMs: 60_000, randomness: { uniform: () => 1 } });
    for (let attempt = 0; attempt < 20_000; attempt += 1) backoff.nextMs();
    expect(backoff.nextMs()).toBe(60_000);
  });

  it('spreads waits over the whole range', () => {
    const randomness = seededRandomness('backoff');
    const waits = Array.from({ length: 10_000 }, () =>
      new Backoff({ baseMs: 1_000, capMs: 1_000, randomness }).nextMs(),
    );
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    // Uniform over [0, 1000): mean 500, standard error 1000/sqrt(12 · 10⁴) = 2.9.
    expect(Math.abs(mean - 500)).toBeLessThan(12);
    expect(Math.max(...waits)).toBeLessThan(1_000);
  });
});
