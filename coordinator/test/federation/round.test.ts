import type { Digest, NodeId } from '@sedge/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, pendingEffects, planRound, updateRefusal, updatesOf } from '../../src/federation/round.ts';
import type { Round, RoundEffect, RoundEvent, RoundSettings } from '../../src/federation/round-state.ts';

const settings: RoundSettings = { round: 3, timeoutMs: 1_000, updatesMin: 1, isEvaluated: true };
const [a, b, c] = ['node-a', 'node-b', 'node-c'] as NodeId[] as [NodeId, NodeId, NodeId];
const weights = `sha256:${'ab'.repeat(32)}` as Digest;
const updateOf = (node: NodeId) => ({ digest: `sha256:${node}` as Digest, examples: 60, norm: 0.5 });

const drawn = (...cohort: NodeId[]): RoundEvent => ({ kind: 'cohort-drawn', at: 100, cohort });
const offered: RoundEvent = { kind: 'offered', at: 110 };
const accepted = (node: NodeId): RoundEvent => ({ kind: 'accepted', at: 120, node });
const declined = (node: NodeId): RoundEvent => ({ kind: 'declined', at: 120, node, code: 'DATASET_NOT_FOUND' });
const lost = (node: NodeId): RoundEvent => ({ kind: 'node-lost', at: 300, node });
const stored = (node: NodeId, at = 200): RoundEvent => ({ kind: 'update-stored', at, node, update: updateOf(node) });
const deadline: RoundEvent = { kind: 'deadline-passed', at: 1_100 };
const aggregated: RoundEvent = { kind: 'aggregated', at: 1_200, weights };
const evaluated: RoundEvent = { kind: 'evaluated', at: 1_300, metrics: { accuracy: 0.9, loss: 0.3 } };
const recorded: RoundEvent = { kind: 'recorded', at: 1_400 };
const failed: RoundEvent = { kind: 'failed', at: 500, code: 'ACCUMULATOR_OVERFLOW', detail: 'too large' };

function replay(events: readonly RoundEvent[], from: Round = planRound(settings, 50)) {
  const effects: RoundEffect[] = [];
  let round = from;
  for (const event of events) {
    const advanced = advance(round, event);
    round = advanced.round;
    effects.push(...advanced.effects);
  }
  return { round, effects, kinds: effects.map(({ kind }) => kind) };
}

describe('a round', () => {
  it('goes from planned to recorded in named steps', () => {
    const events = [
      drawn(a, b),
      offered,
      accepted(a),
      accepted(b),
      stored(a),
      stored(b),
      aggregated,
      evaluated,
      recorded,
    ];
    const states = events.map((_, index) => replay(events.slice(0, index + 1)).round.state);
    expect(states).toEqual([
      'planned',
      'offered',
      'training',
      'training',
      'training',
      'closed',
      'aggregated',
      'evaluated',
      'recorded',
    ]);
    expect(replay(events).effects).toEqual([
      { kind: 'publish-offers', attempt: 1, nodes: [a, b] },
      { kind: 'await-deadline', at: 1_100 },
      {
        kind: 'aggregate',
        updates: [
          { node: a, ...updateOf(a) },
          { node: b, ...updateOf(b) },
        ],
      },
      { kind: 'evaluate', weights },
      { kind: 'record' },
    ]);
  });

  it('is recorded right after its aggregation where no evaluation is due', () => {
    const { kinds, round } = replay(
      [drawn(a), offered, stored(a), aggregated, recorded],
      planRound({ ...settings, isEvaluated: false }, 50),
    );
    expect(kinds.slice(-2)).toEqual(['aggregate', 'record']);
    expect(round.state).toBe('recorded');
  });

  it('closes when every node of the cohort has answered: update, decline or loss', () => {
    const { round, effects } = replay([drawn(a, b, c), offered, declined(b), lost(c), stored(a)]);
    expect(round.state).toBe('closed');
    expect(round.closeReason).toBe('complete');
    // A lost node may still train: it hears of the close when it is back.
    expect(effects).toContainEqual({ kind: 'announce-close', reason: 'complete', nodes: [c] });
  });

  it('closes at the deadline with the updates that came', () => {
    const { round, effects } = replay([drawn(a, b), offered, stored(a), deadline]);
    expect(round).toMatchObject({ state: 'closed', closeReason: 'deadline' });
    expect(effects.slice(-2)).toEqual([
      { kind: 'announce-close', reason: 'deadline', nodes: [b] },
      { kind: 'aggregate', updates: [{ node: a, ...updateOf(a) }] },
    ]);
  });

  it('does not hear a deadline that comes early', () => {
    expect(replay([drawn(a), offered, { kind: 'deadline-passed', at: 1_099 }]).round.state).toBe('offered');
  });

  it('counts an update of the same node once and does not refuse the second', () => {
    const first = replay([drawn(a, b), offered, stored(a)]).round;
    const again = advance(first, { ...stored(a), update: { digest: weights } } as RoundEvent);
    expect(again).toEqual({ round: first, effects: [] });
    const closed = replay([stored(b)], first).round;
    expect(advance(closed, stored(a, 9_999))).toEqual({ round: closed, effects: [] });
  });

  it('refuses a late update with ROUND_CLOSED, after the close and after the deadline alike', () => {
    const closed = replay([drawn(a, b), offered, stored(a), deadline]).round;
    expect(advance(closed, stored(b, 1_150))).toEqual({ round: closed, effects: [], refused: 'ROUND_CLOSED' });
    const open = replay([drawn(a, b), offered, stored(a)]).round;
    expect(advance(open, stored(b, 1_101)).refused).toBe('ROUND_CLOSED');
    expect(advance(open, stored(b, 1_100)).refused).toBeUndefined();
    expect(updateRefusal(open, { node: b, at: 1_101 })).toBe('ROUND_CLOSED');
  });

  it('refuses a node that is not in the cohort', () => {
    const open = replay([drawn(a), offered]).round;
    expect(advance(open, stored(c))).toEqual({ round: open, effects: [], refused: 'NOT_IN_COHORT' });
    expect(advance(open, accepted(c))).toEqual({ round: open, effects: [] });
    expect(updateRefusal(planRound(settings, 50), { node: a, at: 60 })).toBe('NOT_IN_COHORT');
  });

  it('takes the update of a node that was lost or had declined, while it is open', () => {
    const { round } = replay([drawn(a, b, c), offered, lost(a), declined(b), stored(a), stored(b)]);
    expect(updatesOf(round).map(({ node }) => node)).toEqual([a, b]);
    expect(round.state).toBe('training');
  });

  it('keeps the update of a node that is lost afterwards', () => {
    const { round } = replay([drawn(a, b), offered, stored(a), lost(a)]);
    expect(updatesOf(round).map(({ node }) => node)).toEqual([a]);
  });

  it('hears an answer that overtakes the note of the offer', () => {
    const { round } = replay([drawn(a, b), accepted(a), offered]);
    expect(round).toMatchObject({ state: 'training', attempt: 1 });
  });

  it('is abandoned and recorded with fewer updates than asked for', () => {
    const twoWanted = planRound({ ...settings, updatesMin: 2 }, 50);
    const { round, kinds } = replay([drawn(a, b), offered, stored(a), lost(b)], twoWanted);
    expect(round).toMatchObject({ state: 'abandoned', failure: { code: 'TOO_FEW_UPDATES' } });
    expect(kinds.slice(2)).toEqual(['announce-close', 'record']);
    expect(replay([recorded], round).round).toMatchObject({ state: 'recorded', recordedAt: 1_400 });
    expect(replay([recorded], round).round.weights).toBeUndefined();
  });

  it('is abandoned at once with an empty cohort, where updates are asked for', () => {
    const { round, kinds } = replay([drawn()]);
    expect(round.state).toBe('abandoned');
    expect(kinds).toEqual(['record']);
  });

  it('aggregates an empty cohort where no update is asked for, as under privacy', () => {
    const { effects } = replay([drawn()], planRound({ ...settings, updatesMin: 0 }, 50));
    expect(effects).toEqual([{ kind: 'aggregate', updates: [] }]);
  });

  it.each([
    ['planned', []],
    ['offered', [drawn(a), offered]],
    ['training', [drawn(a, b), offered, stored(a)]],
    ['closed', [drawn(a), offered, stored(a)]],
  ] as const)('is abandoned and recorded when it fails while %s', (state, events) => {
    const before = replay(events).round;
    expect(before.state).toBe(state);
    const { round, kinds } = replay([failed], before);
    expect(round).toMatchObject({ state: 'abandoned', failure: { code: 'ACCUMULATOR_OVERFLOW', detail: 'too large' } });
    expect(kinds.at(-1)).toBe('record');
  });

  it('keeps its weights when only the evaluation fails', () => {
    const { round, kinds } = replay([drawn(a), offered, stored(a), aggregated, failed]);
    expect(round).toMatchObject({ state: 'evaluated', weights, failure: { code: 'ACCUMULATOR_OVERFLOW' } });
    expect(kinds.at(-1)).toBe('record');
  });

  it('stops before its close and finishes after it', () => {
    const stopped: RoundEvent = { kind: 'stopped', at: 400 };
    expect(replay([stopped]).round.state).toBe('abandoned');
    expect(replay([drawn(a), offered, stopped]).effects.slice(-2)).toEqual([
      { kind: 'announce-close', reason: 'stopped', nodes: [a] },
      { kind: 'record' },
    ]);
    expect(replay([drawn(a), offered, stored(a), stopped]).round.state).toBe('closed');
  });

  it('offers again after a restart, with a higher attempt, to those whose update is missing', () => {
    const { round } = replay([drawn(a, b, c), offered, stored(a), declined(b)]);
    expect(pendingEffects(round)).toEqual([
      { kind: 'publish-offers', attempt: 2, nodes: [c] },
      { kind: 'await-deadline', at: 1_100 },
    ]);
  });

  it('asks after a restart for what its state still needs', () => {
    const events = [drawn(a), offered, stored(a), aggregated, evaluated, recorded];
    const kindsAfter = (count: number) => pendingEffects(replay(events.slice(0, count)).round).map(({ kind }) => kind);
    expect(kindsAfter(0)).toEqual(['draw-cohort']);
    expect(kindsAfter(1)).toEqual(['publish-offers', 'await-deadline']);
    expect(kindsAfter(3)).toEqual(['aggregate']);
    expect(kindsAfter(4)).toEqual(['evaluate']);
    expect(kindsAfter(5)).toEqual(['record']);
    expect(kindsAfter(6)).toEqual([]);
  });
});

describe('any sequence of events', () => {
  const node = fc.constantFrom(a, b, c, 'stranger' as NodeId);
  const at = fc.integer({ min: 0, max: 2_000 });
  const event: fc.Arbitrary<RoundEvent> = fc.oneof(
    fc.record({ kind: fc.constant('cohort-drawn' as const), at, cohort: fc.subarray([a, b, c]) }),
    fc.record({ kind: fc.constantFrom('offered', 'deadline-passed', 'recorded', 'stopped'), at }),
    fc.record({ kind: fc.constantFrom('accepted', 'declined', 'node-lost'), at, node }),
    fc.record({ kind: fc.constant('update-stored' as const), at, node, update: node.map(updateOf) }),
    fc.record({ kind: fc.constant('aggregated' as const), at, weights: fc.constant(weights) }),
    fc.record({ kind: fc.constant('evaluated' as const), at, metrics: fc.constant({ accuracy: 0.5 }) }),
    fc.record({
      kind: fc.constant('failed' as const),
      at,
      code: fc.constant('INTERNAL' as const),
      detail: fc.constant('x'),
    }),
  );
  const history = fc.array(event, { maxLength: 30 });
  const lively = history.map((events): RoundEvent[] => [drawn(a, b, c), offered, ...events]);

  it('replays to the same round from any prefix that went through JSON', () => {
    fc.assert(
      fc.property(lively, fc.nat(32), (events, cut) => {
        const prefix = replay(events.slice(0, cut)).round;
        const restored = JSON.parse(JSON.stringify(prefix)) as Round;
        expect(restored).toEqual(prefix);
        expect(replay(events.slice(cut), restored).round).toEqual(replay(events).round);
      }),
    );
  });

  it('aggregates at most once, records at most once, and changes nothing after the record', () => {
    fc.assert(
      fc.property(fc.oneof(history, lively), (events) => {
        const { kinds, round } = replay(events);
        expect(kinds.filter((kind) => kind === 'aggregate').length).toBeLessThanOrEqual(1);
        expect(kinds.filter((kind) => kind === 'record').length).toBeLessThanOrEqual(1);
        const ended = replay([{ kind: 'stopped', at: 1 }, aggregated, evaluated, recorded], round).round;
        expect(ended.state).toBe('recorded');
        expect(replay(events, ended).round).toEqual(ended);
      }),
    );
  });

  it('takes every event twice as it takes it once, but for the count of offers', () => {
    fc.assert(
      fc.property(lively, (events) => {
        const twice = replay(events.flatMap((one) => [one, one])).round;
        expect({ ...twice, attempt: 0 }).toEqual({ ...replay(events).round, attempt: 0 });
      }),
    );
  });
});
