import type { ProjectId } from '@sedge/protocol';
import type { CloudEvent } from '@sedge/protocol/routes';
import { cloudEvent } from '@sedge/protocol/routes';
import { seededRandomness } from '@sedge/kit';
import { collectingLog, fakeClock } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import { EventHub, type EventSubscription } from '../../src/events/event-hub.ts';

function openHub(bounds: { historyMax?: number; subscribersMax?: number } = {}, seed = 'hub'): EventHub {
  return new EventHub({
    project: 'default' as ProjectId,
    clock: fakeClock(),
    randomness: seededRandomness(seed),
    log: collectingLog(),
    ...bounds,
  });
}

function emitNumbers(hub: EventHub, ...numbers: number[]): void {
  for (const number of numbers) hub.emit('node.changed', `node-${number}`, { number });
}

/** What the subscription holds, after it was ended. */
async function drain(subscription: EventSubscription): Promise<CloudEvent[]> {
  subscription.end();
  const events: CloudEvent[] = [];
  for await (const event of subscription) events.push(event);
  return events;
}

function subjects(events: readonly CloudEvent[]): (string | undefined)[] {
  return events.map(({ subject }) => subject);
}

describe('EventHub', () => {
  it('tells a subscriber what happens from then on, as CloudEvents', async () => {
    const hub = openHub();
    emitNumbers(hub, 1);
    const subscription = hub.subscribe();
    emitNumbers(hub, 2, 3);
    const events = await drain(subscription);
    expect(subjects(events)).toEqual(['node-2', 'node-3']);
    expect(cloudEvent.parse(events[0])).toMatchObject({
      type: 'sedge.node.changed',
      source: '/sedge/default',
      time: '2026-01-01T00:00:00.000Z',
      data: { number: 2 },
    });
  });

  it('goes on after the last event that a subscriber saw', async () => {
    const hub = openHub();
    const first = hub.subscribe();
    emitNumbers(hub, 1, 2, 3);
    const [seen] = await drain(first);
    expect(subjects(await drain(hub.subscribe(seen?.id)))).toEqual(['node-2', 'node-3']);
  });

  it('gives the whole history for an id that is gone, or of an earlier start', async () => {
    const hub = openHub({ historyMax: 2 });
    emitNumbers(hub, 1, 2, 3);
    expect(subjects(await drain(hub.subscribe('other-1')))).toEqual(['node-2', 'node-3']);
  });

  it('gives other ids after a restart', async () => {
    const [before, after] = [openHub({}, 'one'), openHub({}, 'two')];
    const [first, second] = [before.subscribe(), after.subscribe()];
    emitNumbers(before, 1);
    emitNumbers(after, 1);
    expect((await drain(first))[0]?.id).not.toBe((await drain(second))[0]?.id);
  });

  it('refuses one subscriber too many with OVERLOADED until another ends', () => {
    const hub = openHub({ subscribersMax: 1 });
    const first = hub.subscribe();
    expect(() => hub.subscribe()).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    first.end();
    expect(() => hub.subscribe()).not.toThrow();
  });

  it('cuts off a subscriber that does not keep up, and leaves it what it had', async () => {
    const hub = openHub({ historyMax: 2, subscribersMax: 1 });
    const slow = hub.subscribe();
    emitNumbers(hub, 1, 2, 3, 4, 5);
    expect(subjects(await drain(slow))).toEqual(['node-1', 'node-2', 'node-3', 'node-4']);
    expect(() => hub.subscribe()).not.toThrow();
  });

  it('ends every subscription when it stops', async () => {
    const hub = openHub();
    const subscription = hub.subscribe();
    hub.stop();
    const events: CloudEvent[] = [];
    for await (const event of subscription) events.push(event);
    expect(events).toEqual([]);
  });

  it('does not let a failing listener undo a change', () => {
    const hub = openHub();
    const heard: string[] = [];
    hub.listen(() => {
      throw new Error('full');
    });
    const undo = hub.listen((_, kind) => heard.push(kind));
    emitNumbers(hub, 1);
    undo();
    emitNumbers(hub, 2);
    expect(heard).toEqual(['node.changed']);
  });
});
