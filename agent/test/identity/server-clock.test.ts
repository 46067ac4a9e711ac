import { fakeClock } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../src/identity/server-clock.ts';

describe('the clock of the coordinator', () => {
  it('is ours with the stored offset until it is told', async () => {
    const clock = fakeClock(1_000);
    const server = new ServerClock(clock, 500);
    expect(server.now()).toBe(1_500);
    expect(server.ageMs).toBe(Infinity);
    server.learn(90_000);
    await clock.advance(250);
    expect(server.now()).toBe(90_250);
    expect(server.ageMs).toBe(250);
  });

  it('does not jump with ours', async () => {
    const clock = fakeClock(1_000);
    const server = new ServerClock(clock, 0);
    server.learn(90_000);
    clock.setWallClock(5);
    expect(server.now()).toBe(90_000);
  });
});
