import type { BootId } from '@sedge/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Heard,
  hearBirth,
  hearHeartbeat,
  hearReport,
  hearState,
  isOverdue,
  lost,
  type Presence,
  UNHEARD,
} from '../../src/fleet/liveness.ts';

const A = 'boot-a' as BootId;
const B = 'boot-b' as BootId;

/** One message at one moment of the coordinator's clock; `at` is the agent's. */
type Message =
  | ['online', BootId, number]
  | ['will', BootId, number]
  | ['hb', BootId, number]
  | ['birth', BootId]
  | ['twin', BootId]
  | ['silence'];

function hear(presence: Presence, message: Message, nowMs: number): Heard {
  switch (message[0]) {
    case 'online':
      return hearState(presence, { online: true, boot: message[1], at: message[2] }, nowMs);
    case 'will':
      return hearState(presence, { online: false, boot: message[1], at: message[2] }, nowMs);
    case 'hb':
      return hearHeartbeat(presence, { boot: message[1], seq: message[2] }, nowMs);
    case 'birth':
      return hearBirth(presence, { boot: message[1] }, nowMs);
    case 'twin':
      return hearReport(presence, { boot: message[1] }, nowMs);
    case 'silence':
      return { presence: lost(presence), isNews: true, askBirth: false };
  }
}

/** The messages one after another, one each second. */
function hearAll(...messages: Message[]): Heard {
  let heard: Heard = { presence: UNHEARD, isNews: false, askBirth: false };
  for (const [second, message] of messages.entries()) heard = hear(heard.presence, message, second * 1_000);
  return heard;
}

const greeting: Message[] = [
  ['online', A, 100],
  ['birth', A],
  ['hb', A, 0],
];

describe('liveness', () => {
  it.each<[string, Message[], { isConnected: boolean; isNews: boolean; askBirth: boolean }]>([
    ['a greeting connects', greeting, { isConnected: true, isNews: true, askBirth: false }],
    [
      'the will of this boot disconnects',
      [...greeting, ['will', A, 100]],
      { isConnected: false, isNews: true, askBirth: false },
    ],
    [
      'the will of an earlier boot is ignored',
      [...greeting, ['online', B, 200], ['birth', B], ['will', A, 100]],
      { isConnected: true, isNews: false, askBirth: false },
    ],
    [
      'a will that was laid down before the last connect is ignored',
      [...greeting, ['online', A, 200], ['will', A, 100]],
      { isConnected: true, isNews: false, askBirth: false },
    ],
    [
      'a will of a boot that nobody heard is ignored',
      [['will', B, 100]],
      { isConnected: false, isNews: false, askBirth: false },
    ],
    [
      'the next heartbeat needs no birth',
      [...greeting, ['hb', A, 1]],
      { isConnected: true, isNews: true, askBirth: false },
    ],
    ['a gap wants a birth', [...greeting, ['hb', A, 2]], { isConnected: true, isNews: true, askBirth: true }],
    [
      'a repeated heartbeat is ignored',
      [...greeting, ['hb', A, 0]],
      { isConnected: true, isNews: false, askBirth: false },
    ],
    [
      'an older heartbeat is ignored',
      [...greeting, ['hb', A, 1], ['hb', A, 2], ['hb', A, 1]],
      { isConnected: true, isNews: false, askBirth: false },
    ],
    [
      'a heartbeat of an earlier boot is ignored',
      [...greeting, ['birth', B], ['hb', A, 9]],
      { isConnected: true, isNews: false, askBirth: false },
    ],
    [
      'a birth of an earlier boot is ignored',
      [...greeting, ['birth', B], ['birth', A]],
      { isConnected: true, isNews: false, askBirth: false },
    ],
    [
      'a report of an earlier boot is ignored',
      [...greeting, ['birth', B], ['twin', A]],
      { isConnected: true, isNews: false, askBirth: false },
    ],
    [
      'an online of an earlier boot is ignored',
      [...greeting, ['birth', B], ['online', A, 300]],
      { isConnected: true, isNews: false, askBirth: false },
    ],
    ['a heartbeat without a birth wants one', [['hb', A, 0]], { isConnected: true, isNews: true, askBirth: true }],
    ['a report without a birth wants one', [['twin', A]], { isConnected: true, isNews: true, askBirth: true }],
    [
      'a birth is asked for once, not with each heartbeat',
      [
        ['hb', A, 0],
        ['hb', A, 1],
      ],
      { isConnected: true, isNews: true, askBirth: false },
    ],
    [
      'a heartbeat after the will connects again',
      [...greeting, ['will', A, 100], ['hb', A, 1]],
      { isConnected: true, isNews: true, askBirth: false },
    ],
    [
      'a heartbeat after silence connects again',
      [...greeting, ['silence'], ['hb', A, 1]],
      { isConnected: true, isNews: true, askBirth: false },
    ],
    [
      'heartbeats of a new boot count from 0',
      [...greeting, ['birth', B], ['hb', B, 0]],
      { isConnected: true, isNews: true, askBirth: false },
    ],
  ])('%s', (_, messages, expected) => {
    const { presence, isNews, askBirth } = hearAll(...messages);
    expect({ isConnected: presence.isConnected, isNews, askBirth }).toEqual(expected);
  });

  it('asks again when no birth came for 15 s', () => {
    const asked = hear(UNHEARD, ['hb', A, 0], 0);
    expect(hear(asked.presence, ['hb', A, 1], 14_999).askBirth).toBe(false);
    expect(hear(asked.presence, ['hb', A, 1], 15_000).askBirth).toBe(true);
  });

  it('takes a node for lost only after more silence than the patience', () => {
    const { presence } = hear(UNHEARD, ['birth', A], 1_000);
    expect(isOverdue(presence, 16_000, 15_000)).toBe(false);
    expect(isOverdue(presence, 16_001, 15_000)).toBe(true);
    expect(isOverdue(lost(presence), 99_000, 15_000)).toBe(false);
  });

  const boots = fc.constantFrom(A, B, 'boot-c' as BootId);
  const numbers = fc.nat(9);
  const messages = fc.oneof(
    fc.tuple(fc.constantFrom('online' as const, 'will' as const, 'hb' as const), boots, numbers),
    fc.tuple(fc.constantFrom('birth' as const, 'twin' as const), boots),
    fc.constant<['silence']>(['silence']),
  );

  it('takes nothing from the same message heard twice but the time', () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 30 }), messages, (before, message) => {
        const once = hear(hearAll(...before).presence, message, 50_000);
        const twice = hear(once.presence, message, 50_000);
        expect(twice.presence).toEqual(once.presence);
      }),
    );
  });

  it('never goes back to an earlier boot, and never back in the sequence of one', () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 40 }), (all) => {
        let presence = UNHEARD;
        for (const [second, message] of all.entries()) {
          const next = hear(presence, message, second * 1_000).presence;
          if (next.boot === presence.boot) expect(next.seq).toBeGreaterThanOrEqual(presence.seq);
          else expect(presence.pastBoots).not.toContain(next.boot);
          presence = next;
        }
      }),
    );
  });
});
