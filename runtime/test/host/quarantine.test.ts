import { fakeClock } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { Quarantine } from '../../src/host/quarantine.ts';

const WINDOW_MS = 60_000;

function quarantineOf(clock = fakeClock()) {
  return { clock, quarantine: new Quarantine({ crashesMax: 3, windowMs: WINDOW_MS, clock }) };
}

describe('the quarantine', () => {
  it('takes a model in at its third crash within the window', () => {
    const { quarantine, clock } = quarantineOf();
    expect(quarantine.crashed('a', 'MODEL_CRASHED')).toBe(false);
    expect(quarantine.crashed('b', 'MODEL_CRASHED')).toBe(false);
    expect(quarantine.crashed('a', 'MODEL_TIMEOUT')).toBe(false);
    expect(quarantine.has('a')).toBeUndefined();
    expect(quarantine.crashed('a', 'MODEL_OUT_OF_MEMORY')).toBe(true);
    const entry = { key: 'a', code: 'MODEL_OUT_OF_MEMORY', crashes: 3, sinceMs: clock.now() };
    expect(quarantine.has('a')).toEqual(entry);
    expect(quarantine.entries()).toEqual([entry]);
  });

  it('forgets crashes that lie a window back', async () => {
    const { quarantine, clock } = quarantineOf();
    quarantine.crashed('a', 'MODEL_CRASHED');
    quarantine.crashed('a', 'MODEL_CRASHED');
    await clock.advance(WINDOW_MS);
    expect(quarantine.crashed('a', 'MODEL_CRASHED')).toBe(false);
    await clock.advance(WINDOW_MS - 1);
    expect(quarantine.crashed('a', 'MODEL_CRASHED')).toBe(false);
    expect(quarantine.crashed('a', 'MODEL_CRASHED')).toBe(true);
  });

  it('lets a model go with a clean sheet', () => {
    const { quarantine } = quarantineOf();
    for (let crash = 0; crash < 3; crash += 1) quarantine.crashed('a', 'MODEL_CRASHED');
    expect(quarantine.release('a')).toBe(true);
    expect(quarantine.release('a')).toBe(false);
    expect(quarantine.crashed('a', 'MODEL_CRASHED')).toBe(false);
  });

  it('keeps those in that were in before a restart', () => {
    const before = quarantineOf();
    for (let crash = 0; crash < 3; crash += 1) before.quarantine.crashed('a', 'MODEL_CRASHED');
    const entries = before.quarantine.entries();
    const after = new Quarantine({ clock: fakeClock(), entries });
    expect(after.entries()).toEqual(entries);
    expect(after.crashed('a', 'MODEL_CRASHED')).toBe(true);
    expect(after.entries()).toEqual(entries);
  });
});
