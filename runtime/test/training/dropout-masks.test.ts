import { describe, expect, it } from 'vitest';
import { dropoutMasks } from '../../src/training/dropout-masks.ts';

const spec = { dims: [8, 250], keep: 0.8 };

describe('dropoutMasks', () => {
  it('keeps the share that is asked for', () => {
    const masks = dropoutMasks(spec, { seed: 1n, mask: 0, firstStep: 0, steps: 10 });
    expect(masks).toHaveLength(20_000);
    const kept = masks.reduce((sum, value) => sum + value, 0) / masks.length;
    // Four standard deviations of the mean of 20,000 draws: 4 · √(0.8 · 0.2 / 20,000).
    expect(Math.abs(kept - 0.8)).toBeLessThan(0.0114);
  });

  it('gives each step its own, wherever a chunk begins', () => {
    const whole = dropoutMasks(spec, { seed: 1n, mask: 0, firstStep: 0, steps: 3 });
    const last = dropoutMasks(spec, { seed: 1n, mask: 0, firstStep: 2, steps: 1 });
    expect(whole.subarray(4_000)).toEqual(last);
    expect(whole.subarray(0, 2_000)).not.toEqual(last);
  });

  it('differs between masks and seeds', () => {
    const place = { seed: 1n, mask: 0, firstStep: 0, steps: 1 };
    const one = dropoutMasks(spec, place);
    expect(dropoutMasks(spec, { ...place, mask: 1 })).not.toEqual(one);
    expect(dropoutMasks(spec, { ...place, seed: 2n })).not.toEqual(one);
  });
});
