import { type Digest, type NodeId, type RunId, type RunPlanInput, runPlan } from '@sedge/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RoundEvent } from '../../src/federation/round-state.ts';
import type { Run, RunEffect, RunEvent } from '../../src/federation/run-state.ts';
import { advanceRun, createRun, hasEnded, pendingRunEffects, roundSettings } from '../../src/federation/run.ts';
import { epsilonByRound } from '../../src/privacy/accountant.ts';

const id = 'run-1' as RunId;
const population = ['node-a', 'node-b', 'node-c'] as NodeId[];
const digestOfRound = (round: number) => `sha256:${String(round).padStart(64, '0')}` as Digest;
const privacy = { clipNorm: 1, noiseMultiplier: 4, delta: 1e-3, epsilonMax: 5 };

const planOf = (changes: Partial<RunPlanInput> = {}) =>
  runPlan.parse({
    model: { name: 'digits', version: 1 },
    dataset: 'digits',
    rounds: 3,
    local: { epochs: 1, batchSize: 16, learningRate: 0.1 },
    evaluation: { dataset: 'digits-test' },
    ...changes,
  });

const startedAt = (nodes = population): RunEvent => ({
  kind: 'started',
  at: 10,
  population: nodes,
  weights: digestOfRound(0),
});

function replay(events: readonly RunEvent[], from: Run) {
  const effects: RunEffect[] = [];
  let run = from;
  for (const event of events) {
    const advanced = advanceRun(run, event);
    run = advanced.run;
    effects.push(...advanced.effects);
  }
  return { run, effects };
}

/** The events of one round in which everybody answers. */
function wholeRound(round: number, accuracy = 0.5 + round / 10): RunEvent[] {
  const at = round * 10_000;
  const updates = population.map((node): RoundEvent => {
    return { kind: 'update-stored', at: at + 20, node, update: { digest: digestOfRound(round) } };
  });
  const events: RoundEvent[] = [
    { kind: 'cohort-drawn', at, cohort: population },
    { kind: 'offered', at },
    ...updates,
    { kind: 'aggregated', at: at + 30, weights: digestOfRound(round) },
    { kind: 'evaluated', at: at + 40, metrics: { accuracy, loss: 1 - accuracy } },
    { kind: 'recorded', at: at + 2_500 },
  ];
  return [{ kind: 'round-planned', at, round }, ...events.map((event): RunEvent => ({ kind: 'round', round, event }))];
}

function abandonedRound(round: number): RunEvent[] {
  const at = round * 10_000;
  return [
    { kind: 'round-planned', at, round },
    { kind: 'round', round, event: { kind: 'failed', at, code: 'INTERNAL', detail: 'disk full' } },
    { kind: 'round', round, event: { kind: 'recorded', at: at + 1_000 } },
  ];
}

describe('createRun', () => {
  it('refuses a plan that would spend more than its budget, before anything starts', () => {
    // dp-accounting 0.6.0: q 1, sigma 5, 50 rounds, delta 1e-6 cost 7.7662 by RDP.
    const costly = { clipNorm: 1, noiseMultiplier: 5, delta: 1e-6 };
    expect(() => createRun(id, planOf({ rounds: 50, privacy: { ...costly, epsilonMax: 7.76 } }), 0)).toThrow(
      /BUDGET_EXCEEDED.*7\.7662/,
    );
    expect(createRun(id, planOf({ rounds: 50, privacy: { ...costly, epsilonMax: 7.77 } }), 0).state).toBe('created');
  });

  it('refuses noise that the grid cannot carry', () => {
    const plan = planOf({ privacy: { ...privacy, clipNorm: 1e-6 } });
    expect(() => createRun(id, plan, 0)).toThrow(/PLAN_INVALID/);
  });
});

describe('a run', () => {
  it('holds its rounds one after the other and keeps a record of each', () => {
    const { run, effects } = replay(
      [startedAt(), ...wholeRound(1), ...wholeRound(2), ...wholeRound(3)],
      createRun(id, planOf(), 0),
    );
    expect(run).toMatchObject({ state: 'finished', weights: digestOfRound(3), startedAt: 10, endedAt: 32_500 });
    expect(run.records).toEqual(
      [1, 2, 3].map((round) => ({
        round,
        outcome: 'completed',
        cohort: 3,
        updates: 3,
        declined: 0,
        endedAt: round * 10_000 + 2_500,
        accuracy: 0.5 + round / 10,
        loss: 1 - (0.5 + round / 10),
        seconds: 2.5,
        weights: digestOfRound(round),
      })),
    );
    const planned = effects.filter(({ kind }) => kind === 'plan-round');
    expect(planned.map((effect) => ('round' in effect ? effect.round : 0))).toEqual([1, 2, 3]);
    expect(effects.at(-1)).toEqual({ kind: 'end', state: 'finished' });
  });

  it('shows epsilon with every round, an abandoned one too', () => {
    const plan = planOf({ privacy });
    const { run } = replay(
      [startedAt(), ...wholeRound(1), ...abandonedRound(2), ...wholeRound(3)],
      createRun(id, plan, 0),
    );
    const expected = epsilonByRound({ samplingRate: 1, noiseMultiplier: 4 }, 3, 1e-3);
    expect(run.records.map(({ epsilon }) => epsilon)).toEqual(expected);
    expect(run.records.map(({ outcome }) => outcome)).toEqual(['completed', 'abandoned', 'completed']);
    expect(run.records[1]?.failure).toEqual({ code: 'INTERNAL', detail: 'disk full' });
  });

  it('has spent a round as soon as it is planned, before its cohort is drawn', () => {
    const created = createRun(id, planOf({ privacy }), 0);
    const { run, effects } = replay([startedAt(), { kind: 'round-planned', at: 20, round: 1 }], created);
    expect(run.spending.spent).toEqual([{ samplingRate: 1, noiseMultiplier: 4, rounds: 1 }]);
    expect(effects.at(-1)).toEqual({ kind: 'round', round: 1, effect: { kind: 'draw-cohort' } });
  });

  it('does not plan a round twice, and spends it once', () => {
    const planned: RunEvent = { kind: 'round-planned', at: 20, round: 1 };
    const { run } = replay([startedAt(), planned, planned], createRun(id, planOf({ privacy }), 0));
    expect(run.spending.spent[0]?.rounds).toBe(1);
  });

  it('fails rather than spend more than the budget, though its plan had passed', () => {
    const created = createRun(id, planOf({ privacy }), 0);
    const cut: Run = { ...created, plan: { ...created.plan, privacy: { ...privacy, epsilonMax: 0.9 } } };
    const { run } = replay([startedAt(), ...wholeRound(1), { kind: 'round-planned', at: 20_000, round: 2 }], cut);
    expect(run).toMatchObject({ state: 'failed', failure: { code: 'BUDGET_EXCEEDED' } });
    expect(run.spending.spent[0]?.rounds).toBe(1);
  });

  it('ends early at the accuracy that it was asked for', () => {
    const plan = planOf({ stop: { accuracyMin: 0.7 } });
    const { run } = replay([startedAt(), ...wholeRound(1), ...wholeRound(2)], createRun(id, plan, 0));
    expect(run.state).toBe('finished');
    expect(run.records).toHaveLength(2);
  });

  it('does not start with fewer nodes than asked for', () => {
    const { run, effects } = replay([startedAt()], createRun(id, planOf({ populationMin: 4 }), 0));
    expect(run).toMatchObject({ state: 'failed', failure: { code: 'NO_NODES_FOR_RUN' } });
    expect(effects).toEqual([{ kind: 'end', state: 'failed' }]);
    expect(replay([startedAt([])], createRun(id, planOf(), 0)).run.state).toBe('failed');
  });

  it('fails after three rounds in a row that changed nothing', () => {
    const plan = planOf({ rounds: 10 });
    const history = [startedAt(), ...wholeRound(1), ...[2, 3, 4].flatMap(abandonedRound)];
    const { run } = replay(history, createRun(id, plan, 0));
    expect(run).toMatchObject({ state: 'failed', failure: { code: 'INTERNAL' }, weights: digestOfRound(1) });
    expect(run.records).toHaveLength(4);
  });

  it('fails when none of its rounds changed the weights', () => {
    const { run } = replay([startedAt(), ...abandonedRound(1)], createRun(id, planOf({ rounds: 1 }), 0));
    expect(run).toMatchObject({ state: 'failed', failure: { code: 'INTERNAL', detail: 'disk full' } });
  });

  it('lets the open round go when it is stopped, and ends with its record', () => {
    const created = createRun(id, planOf({ privacy }), 0);
    const { run, effects } = replay(
      [startedAt(), ...wholeRound(1).slice(0, 3), { kind: 'stopped', at: 10_500 }],
      created,
    );
    expect(run.state).toBe('stopped');
    expect(effects.slice(-2)).toEqual([
      { kind: 'round', round: 1, effect: { kind: 'announce-close', reason: 'stopped', nodes: population } },
      { kind: 'round', round: 1, effect: { kind: 'record' } },
    ]);
    const last = replay([{ kind: 'round', round: 1, event: { kind: 'recorded', at: 10_600 } }], run);
    expect(last.run.records).toMatchObject([{ round: 1, outcome: 'abandoned', epsilon: last.run.epsilon }]);
    expect(last.effects).toEqual([{ kind: 'end', state: 'stopped' }]);
  });

  it('refuses an update for a round that is over, or that is not there yet', () => {
    const { run } = replay([startedAt(), ...wholeRound(1)], createRun(id, planOf(), 0));
    const update = (round: number): RunEvent => ({
      kind: 'round',
      round,
      event: { kind: 'update-stored', at: 20_000, node: 'node-a' as NodeId, update: { digest: digestOfRound(1) } },
    });
    expect(advanceRun(run, update(1))).toEqual({ run, effects: [], refused: 'ROUND_CLOSED' });
    expect(advanceRun(run, update(2))).toEqual({ run, effects: [], refused: 'ROUND_CLOSED' });
  });

  it('changes nothing once it has ended', () => {
    const events = [startedAt(), ...wholeRound(1), ...wholeRound(2), ...wholeRound(3)];
    const { run } = replay(events, createRun(id, planOf(), 0));
    expect(hasEnded(run)).toBe(true);
    const late: RunEvent[] = [
      { kind: 'stopped', at: 1 },
      { kind: 'failed', at: 1, code: 'INTERNAL', detail: 'x' },
    ];
    expect(replay([...events, ...late], run).run).toEqual(run);
  });

  it('is the same from any prefix that went through JSON, and knows what to do next', () => {
    const all = [startedAt(), ...wholeRound(1), ...abandonedRound(2), ...wholeRound(3)];
    const created = createRun(id, planOf({ privacy }), 0);
    const whole = replay(all, created).run;
    fc.assert(
      fc.property(fc.nat(all.length), (cut) => {
        const prefix = replay(all.slice(0, cut), created).run;
        const restored = JSON.parse(JSON.stringify(prefix)) as Run;
        expect(replay(all.slice(cut), restored).run).toEqual(whole);
        expect(pendingRunEffects(restored).length > 0).toBe(cut > 0);
      }),
    );
  });
});

describe('roundSettings', () => {
  it('asks for no update under privacy, where whether noise is released must not depend on the coins', () => {
    expect(roundSettings(planOf({ updatesMin: 2 }), 1).updatesMin).toBe(2);
    expect(roundSettings(planOf({ updatesMin: 2, privacy }), 1).updatesMin).toBe(0);
  });

  it('evaluates every so many rounds and after the last', () => {
    const plan = planOf({ rounds: 5, evaluation: { dataset: 'digits-test', everyRounds: 2 } });
    const due = [1, 2, 3, 4, 5].filter((round) => roundSettings(plan, round).isEvaluated);
    expect(due).toEqual([2, 4, 5]);
  });
});
