import { silentLog } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import { SedgeError } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import type { ModelFiles } from '../../src/engine.ts';
import { ChannelModelHost, type ModelHostOptions } from '../../src/host/model-host.ts';
import { scriptedGuests } from './scripted-guests.ts';

const files: ModelFiles = { format: 'onnx', artifact: new Uint8Array() };
const relaxed = { timeoutMs: 60_000 };
const crash = new SedgeError('MODEL_CRASHED', 'it crashed');

function scriptedHost(options: Partial<ModelHostOptions> = {}) {
  const clock = fakeClock();
  const guests = scriptedGuests();
  const told: string[] = [];
  const host = new ChannelModelHost(guests.start, {
    clock,
    log: silentLog,
    openTimeoutMs: 5_000,
    onModelLost: (id, { code }) => void told.push(`lost ${id} ${code}`),
    onModelCrashed: (id, { code }) => void told.push(`crashed ${id} ${code}`),
    ...options,
  });
  const open = async (...ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      const opening = host.open(id, files);
      guests.answer();
      await opening;
    }
  };
  return { clock, guests, told, host, open };
}

describe('a host whose guest is lost', () => {
  it('starts none before the first call', () => {
    expect(scriptedHost().guests.guests).toHaveLength(0);
  });

  it('fails the call that ran, opens the models again, then runs those that waited', async () => {
    const { host, guests, told, open } = scriptedHost();
    await open('a', 'b');
    const culprit = host.run('a', 'infer', [], relaxed);
    const waiting = host.run('b', 'infer', [], relaxed);
    guests.guests[0]?.events.onEnd(crash);
    await expect(culprit).rejects.toMatchObject({ code: 'MODEL_CRASHED' });
    expect(guests.guests).toHaveLength(2);
    guests.answer();
    guests.answer();
    guests.answer();
    await expect(waiting).resolves.toEqual([]);
    expect(guests.asked()).toEqual(['open a', 'open b', 'run b']);
    expect(told).toEqual(['crashed a MODEL_CRASHED']);
  });

  it('drops a model that ends its host when it is opened again, tells of it at once, and keeps the others', async () => {
    const { host, guests, told, clock, open } = scriptedHost();
    await open('a', 'b');
    guests.guests[0]?.events.onEnd(crash);
    guests.begin();
    expect(guests.asked()).toEqual(['open a']);
    await clock.advance(5_000);
    expect(guests.guests[1]?.isKilled).toBe(true);
    expect(told).toEqual(['crashed a MODEL_TIMEOUT', 'lost a MODEL_TIMEOUT']);
    await clock.advance(100);
    guests.begin();
    expect(guests.asked()).toEqual(['open b']);
    guests.answer();
    await expect(host.run('a', 'infer', [], relaxed)).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not listen to a guest that was replaced', async () => {
    const { host, guests, clock, open } = scriptedHost();
    await open('a');
    const late = host.run('a', 'infer', [], { timeoutMs: 100 });
    const ends = expect(late).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    await clock.advance(100);
    await ends;
    guests.guests[0]?.events.onEnd(crash);
    expect(guests.guests).toHaveLength(2);
  });

  it('starts the first successor at once and each further one later', async () => {
    const { guests, clock, open } = scriptedHost();
    await open('a');
    guests.guests[0]?.events.onEnd(crash);
    expect(guests.guests).toHaveLength(2);
    for (const pauseMs of [100, 200, 400]) {
      const started = guests.guests.length;
      guests.begin();
      guests.answer();
      guests.guests.at(-1)?.events.onEnd(crash);
      await clock.advance(pauseMs - 1);
      expect(guests.guests).toHaveLength(started);
      await clock.advance(1);
      expect(guests.guests).toHaveLength(started + 1);
    }
    guests.answer();
    await clock.advance(10_000);
    guests.guests.at(-1)?.events.onEnd(crash);
    expect(guests.guests).toHaveLength(6);
  });

  it('blames no model for a guest that ends before it begins, and refuses those that wait', async () => {
    const { host, guests, told, clock } = scriptedHost();
    const opening = host.open('a', files);
    guests.guests[0]?.events.onEnd(crash);
    await expect(opening).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      detail: expect.stringContaining('it crashed'),
    });
    expect(told).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves nothing under the id of a model that could not replace another one', async () => {
    const { host, guests, clock, open } = scriptedHost();
    await open('a');
    const opening = host.open('a', files);
    guests.guests[0]?.events.onReply({ kind: 'failure', id: 2, code: 'MODEL_REFUSED', detail: '', exposed: false });
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    await expect(host.run('a', 'infer', [], relaxed)).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
    expect(guests.asked()).toEqual(['open a', 'open a', 'close a']);
    guests.answer();
    await clock.settle();
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives a training that was stopped a short grace, then ends the guest, and blames nobody', async () => {
    const { host, guests, told, clock } = scriptedHost();
    const controller = new AbortController();
    const config = { epochs: 1, batchSize: 1, learningRate: 1, seed: 0n, proximal: 0 };
    const job = { files, weights: [], examples: [], config };
    const training = host.train(job, { timeoutMs: 600_000, signal: controller.signal });
    const ends = expect(training).rejects.toMatchObject({ code: 'TRAINING_STOPPED' });
    guests.answer();
    await clock.settle();
    expect(guests.asked()).toEqual(['trainBegin ', 'trainStep ']);
    controller.abort();
    await ends;
    expect(guests.guests[0]?.isKilled).toBe(false);
    await clock.advance(1_000);
    expect(guests.guests[0]?.isKilled).toBe(true);
    expect(told).toEqual([]);
  });
});

describe('the queues of a host', () => {
  it('take turns, so that a flood for one model does not starve another', async () => {
    const { host, guests, clock, open } = scriptedHost();
    await open('a', 'b');
    const flood = [1, 2, 3].map(() => host.run('a', 'infer', [], relaxed));
    const other = host.run('b', 'infer', [], relaxed);
    guests.answer();
    guests.answer();
    await clock.settle();
    expect(guests.asked().slice(2)).toEqual(['run a', 'run a', 'run b']);
    guests.answer();
    guests.answer();
    await Promise.all([...flood, other]);
  });

  it('are full for one model alone', async () => {
    const { host, open } = scriptedHost({ queueMax: 1 });
    await open('a', 'b');
    const calls = ['a', 'a', 'a', 'b'].map((id) => host.run(id, 'infer', [], relaxed));
    await expect(calls[2]).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(host.depth).toBe(2);
    const ended = Promise.allSettled(calls);
    await host.stop();
    const codes = (await ended).map((result) => (result.status === 'rejected' ? result.reason.code : 'fulfilled'));
    expect(codes).toEqual(['STOPPING', 'STOPPING', 'QUEUE_FULL', 'STOPPING']);
  });

  it('tell a caller at its deadline, and do not shorten the time of a call that has begun', async () => {
    const { host, guests, told, clock, open } = scriptedHost();
    await open('a', 'b');
    const first = host.run('a', 'infer', [], { timeoutMs: 800 });
    const begun = host.run('b', 'infer', [], { timeoutMs: 1_000 });
    const waits = host.run('b', 'infer', [], { timeoutMs: 300 });
    const waitEnds = expect(waits).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    await clock.advance(300);
    await waitEnds;
    expect(host.depth).toBe(1);
    await clock.advance(400);
    guests.answer();
    await first;
    const ends = expect(begun).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    await clock.advance(300);
    await ends;
    expect(guests.guests[0]?.isKilled).toBe(false);
    guests.answer();
    expect(told).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('do not begin what its caller let go of', async () => {
    const { host, guests, clock, open } = scriptedHost();
    await open('a');
    const first = host.run('a', 'infer', [], relaxed);
    const controller = new AbortController();
    const waiting = host.run('a', 'infer', [], { ...relaxed, signal: controller.signal });
    controller.abort(new Error('let go'));
    await expect(waiting).rejects.toThrow('let go');
    expect(host.depth).toBe(0);
    guests.answer();
    await first;
    expect(guests.asked()).toEqual(['open a', 'run a']);
    expect(clock.pendingTimers).toBe(0);
  });
});
