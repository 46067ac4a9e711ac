import { fakeClock } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { Phases } from '../../src/demo/phases.ts';

describe('Phases', () => {
  it('measures each part, failed ones too, and all since the beginning', async () => {
    const clock = fakeClock();
    const phases = new Phases(clock);
    await clock.advance(500);
    await phases.measure('start', () => clock.advance(1_234));
    const failing = phases.measure('train', async () => {
      await clock.advance(2_000);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(phases.seconds).toEqual({ start: 1.23, train: 2, total: 3.73 });
  });
});
