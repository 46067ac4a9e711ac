import type { Tensor } from '@sedge/protocol';
import type { ChannelEvents, HostChannel } from '../../src/host/channel.ts';
import type { NumberedRequest } from '../../src/host/messages.ts';

interface ScriptedGuest {
  readonly asked: NumberedRequest[];
  readonly events: ChannelEvents;
  isReady: boolean;
  isKilled: boolean;
}

/** Guests that keep what they are asked, and begin, answer or end when the test says so. */
export function scriptedGuests() {
  const guests: ScriptedGuest[] = [];
  const start = (events: ChannelEvents): HostChannel => {
    const guest: ScriptedGuest = { asked: [], events, isReady: false, isKilled: false };
    guests.push(guest);
    return {
      send: (request) => void guest.asked.push(request),
      kill() {
        guest.isKilled = true;
        return Promise.resolve();
      },
    };
  };
  /** The newest guest has begun, unless it had before. */
  const begin = (): void => {
    const guest = guests.at(-1);
    if (guest === undefined || guest.isReady) return;
    guest.isReady = true;
    guest.events.onReply({ kind: 'ready' });
  };
  /** The newest guest begins and answers its last question. */
  const answer = (value: Tensor[] = []): void => {
    begin();
    const { asked, events } = guests.at(-1) ?? {};
    events?.onReply({ kind: 'result', id: asked?.at(-1)?.id ?? 0, value });
  };
  /** What the newest guest was asked. */
  const asked = (): string[] =>
    (guests.at(-1)?.asked ?? []).map(({ op, body }) => `${op} ${'model' in body ? body.model : ''}`);
  return { start, guests, begin, answer, asked };
}
