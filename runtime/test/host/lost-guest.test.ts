import { fakeClock } from '@sedge/kit/testing';
import { silentLog } from '@sedge/kit';
import { describe, expect, it } from 'vitest';
import type { ModelFiles } from '../../src/engine.ts';
import type { ChannelEvents, HostChannel } from '../../src/host/channel.ts';
import type { NumberedRequest } from '../../src/host/messages.ts';
import { ChannelModelHost, type ModelHostOptions } from '../../src/host/model-host.ts';

const files: ModelFiles = { format: 'onnx', artifact: new Uint8Array() };
const relaxed = { timeoutMs: 60_000 };

/** Guests that keep what they are asked, and answer or end when the test says so. */
function scriptedGuests() {
  const guests: { readonly asked: NumberedRequest[]; readonly events: ChannelEvents; isKilled: boolean }[] = [];
  const start = (events: ChannelEvents): HostChannel => {
    const guest = { asked: [] as NumberedRequest[], events, isKilled: false };
    guests.push(guest);
    return {
      send: (request) => void guest.asked.push(request),
      kill() {
        guest.isKilled = true;
        return Promise.resolve();
      },
    };
  };
  /** Answers the last question of the newest guest. */
  const answer = (value: never[] = []): void => {
    const { asked, events } = guests.at(-1) ?? {};
    events?.onReply({ kind: 'result', id: asked?.at(-1)?.id ?? 0, value });
  };
  const asked = (): string[] =>
    (guests.at(-1)?.asked ?? []).map(({ op, body }) => `${op} ${'model' in body ? body.model : ''}`);
  return { start, guests, answer, asked };
}

function hostOf(
  guests: ReturnType<typeof scriptedGuests>,
  clock = fakeClock(),
  onModelLost?: ModelHostOptions['onModelLost'],
): ChannelModelHost {
  const told = onModelLost === undefined ? {} : { onModelLost };
  return new ChannelModelHost(guests.start, { clock, log: silentLog, openTimeoutMs: 5_000, ...told });
}

async function opened(host: ChannelModelHost, guests: ReturnType<typeof scriptedGuests>, ids: readonly string[]) {
  for (const id of ids) {
    const opening = host.open(id, files);
    guests.answer();
    await opening;
  }
}

describe('a host whose guest is lost', () => {
  it('starts none before the first call', () => {
    const guests = scriptedGuests();
    hostOf(guests);
    expect(guests.guests).toHaveLength(0);
  });

  it('fails the call that ran, opens the models again, then runs those that waited', async () => {
    const guests = scriptedGuests();
    const host = hostOf(guests);
    await opened(host, guests, ['a', 'b']);
    const culprit = host.run('a', 'infer', [], relaxed);
    const waiting = host.run('b', 'infer', [], relaxed);
    guests.guests[0]?.events.onEnd('it crashed');
    await expect(culprit).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    expect(guests.guests).toHaveLength(2);
    guests.answer();
    guests.answer();
    guests.answer();
    await expect(waiting).resolves.toEqual([]);
    expect(guests.asked()).toEqual(['open a', 'open b', 'run b']);
  });

  it('drops a model that cannot be opened again, and keeps the others', async () => {
    const clock = fakeClock();
    const guests = scriptedGuests();
    const host = hostOf(guests, clock);
    await opened(host, guests, ['a', 'b']);
    guests.guests[0]?.events.onEnd('it crashed');
    expect(guests.asked()).toEqual(['open a']);
    await clock.advance(5_000);
    expect(guests.guests[1]?.isKilled).toBe(true);
    expect(guests.asked()).toEqual(['open b']);
    guests.answer();
    await expect(host.run('a', 'infer', [], relaxed)).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells of a model that cannot be opened again before anybody asks for it', async () => {
    const clock = fakeClock();
    const guests = scriptedGuests();
    const lost: string[] = [];
    const host = hostOf(guests, clock, (id, { code }) => void lost.push(`${id} ${code}`));
    await opened(host, guests, ['a', 'b']);
    guests.guests[0]?.events.onEnd('it crashed');
    await clock.advance(5_000);
    guests.answer();
    await clock.settle();
    expect(lost).toEqual(['a MODEL_TIMEOUT']);
  });

  it('does not listen to a guest that was replaced', async () => {
    const clock = fakeClock();
    const guests = scriptedGuests();
    const host = hostOf(guests, clock);
    await opened(host, guests, ['a']);
    const late = host.run('a', 'infer', [], { timeoutMs: 100 });
    const ends = expect(late).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    await clock.advance(100);
    await ends;
    guests.guests[0]?.events.onEnd('killed');
    expect(guests.guests).toHaveLength(2);
  });

  it('gives a training that was stopped a short grace, then ends the guest', async () => {
    const clock = fakeClock();
    const guests = scriptedGuests();
    const host = hostOf(guests, clock);
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
  });
});
