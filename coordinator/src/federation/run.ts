import { type RunId, type RunPlan, SedgeError } from '@sedge/protocol';
import { mechanismOf, NOTHING_SPENT, planEpsilon } from '../privacy/accountant.ts';
import { reserveRound } from '../privacy/reserve.ts';
import { advance, pendingEffects, planRound } from './round.ts';
import type { Failure, Participation, Round, RoundEvent, RoundSettings } from './round-state.ts';
import type { AdvancedRun, RoundRecord, Run, RunEffect, RunEvent } from './run-state.ts';
import { isHeldHere } from './run-work.ts';
import { noiseSteps } from './strategy.ts';

/**
 * A federated run as a pure state machine over its rounds. As with a round, replaying the events gives the same run,
 * and `pendingRunEffects` says what is to be taken up after a restart.
 */

/** A run ends after so many rounds in a row that changed nothing. */
const ABANDONED_IN_A_ROW_MAX = 3;

type Event<Kind extends RunEvent['kind']> = Extract<RunEvent, { kind: Kind }>;

/** Throws BUDGET_EXCEEDED or PLAN_INVALID for a plan that may not start. */
export function createRun(id: RunId, plan: RunPlan, at: number): Run {
  checkPlan(plan);
  return {
    id,
    plan,
    state: 'created',
    createdAt: at,
    population: [],
    spending: NOTHING_SPENT,
    epsilon: 0,
    records: [],
  };
}

/** Events that no longer apply change nothing, so that any of them may come twice. */
export function advanceRun(run: Run, event: RunEvent): AdvancedRun {
  switch (event.kind) {
    case 'started':
      return run.state === 'created' ? started(run, event) : same(run);
    case 'round-planned':
      return roundPlanned(run, event);
    case 'round':
      return roundAdvanced(run, event);
    case 'stopped':
      return stopped(run, event);
    case 'failed':
      return hasEnded(run) ? same(run) : failed(run, event.at, { code: event.code, detail: event.detail });
  }
}

/** What the state of a run asks for: on entering it, and again after a restart. */
export function pendingRunEffects(run: Run): RunEffect[] {
  if (run.round !== undefined) return roundEffects(run.round);
  switch (run.state) {
    case 'created':
      return [];
    case 'running':
      return [{ kind: 'plan-round', round: nextRound(run) }];
    case 'finished':
    case 'failed':
    case 'stopped':
      return [{ kind: 'end', state: run.state }];
  }
}

export function hasEnded({ state }: Run): boolean {
  return state === 'finished' || state === 'failed' || state === 'stopped';
}

/** The settings of one round, as the plan has them. */
export function roundSettings(plan: RunPlan, round: number): RoundSettings {
  return {
    round,
    timeoutMs: plan.roundTimeoutMs,
    updatesMin: plan.privacy === undefined && !isHeldHere(plan) ? plan.updatesMin : 0,
    isEvaluated: isEvaluated(plan, round),
  };
}

function checkPlan(plan: RunPlan): void {
  const epsilon = planEpsilon(plan);
  if (plan.privacy === undefined || epsilon === undefined) return;
  noiseSteps(plan.privacy);
  if (epsilon <= plan.privacy.epsilonMax) return;
  const detail = `${plan.rounds} rounds would spend epsilon ${epsilon.toFixed(4)} of ${plan.privacy.epsilonMax}`;
  throw new SedgeError('BUDGET_EXCEEDED', detail, { expose: true });
}

function isEvaluated({ evaluation, kind, rounds }: RunPlan, round: number): boolean {
  if (kind === 'evaluation') return true;
  return evaluation !== undefined && (round % evaluation.everyRounds === 0 || round === rounds);
}

function same(run: Run): AdvancedRun {
  return { run, effects: [] };
}

function enter(run: Run): AdvancedRun {
  return { run, effects: pendingRunEffects(run) };
}

function nextRound({ records }: Run): number {
  return records.length + 1;
}

function roundEffects(round: Round): RunEffect[] {
  return pendingEffects(round).map((effect) => ({ kind: 'round', round: round.round, effect }));
}

function started(run: Run, { at, population, weights }: Event<'started'>): AdvancedRun {
  const next: Run = { ...run, state: 'running', startedAt: at, population, initialWeights: weights, weights };
  if (isHeldHere(run.plan)) return enter(next);
  if (population.length >= run.plan.populationMin && population.length > 0) return enter(next);
  const detail = `${population.length} nodes hold the data set, the plan asks for ${run.plan.populationMin}`;
  return failed(next, at, { code: 'NO_NODES_FOR_RUN', detail });
}

/** Privacy is reserved here, in the event that is stored before the cohort is drawn and the round offered. */
function roundPlanned(run: Run, { at, round }: Event<'round-planned'>): AdvancedRun {
  if (run.state !== 'running' || run.round !== undefined || round !== nextRound(run)) return same(run);
  const planned: Run = { ...run, round: planRound(roundSettings(run.plan, round), at) };
  const { privacy, cohort } = run.plan;
  if (privacy === undefined) return enter(planned);
  const reservation = reserveRound(run.spending, mechanismOf(cohort, privacy), privacy);
  if (reservation.granted) {
    return enter({ ...planned, spending: reservation.spending, epsilon: reservation.epsilon });
  }
  const detail = `round ${round} would carry epsilon to ${reservation.epsilon} of ${privacy.epsilonMax}`;
  return failed(run, at, { code: reservation.code, detail });
}

function roundAdvanced(run: Run, { round, event }: Event<'round'>): AdvancedRun {
  if (run.round?.round !== round) {
    return event.kind === 'update-stored' ? { ...same(run), refused: 'ROUND_CLOSED' } : same(run);
  }
  const { effects, refused, round: next } = advance(run.round, event);
  if (refused !== undefined) return { ...same(run), refused };
  if (next.state === 'recorded') return roundRecorded({ ...run, round: next }, event.at);
  return { run: { ...run, round: next }, effects: effects.map((effect) => ({ kind: 'round', round, effect })) };
}

function roundRecorded({ round, ...run }: Run & { round: Round }, at: number): AdvancedRun {
  const records = [...run.records, recordOf(run, round)];
  const weights = round.weights ?? run.weights;
  const next: Run = { ...run, records, ...(weights === undefined ? {} : { weights }) };
  if (run.state !== 'running') return enter(next);
  if (isHopeless(next)) return failed(next, at, failureOf(next));
  return isTargetReached(next) || records.length >= run.plan.rounds ? ended(next, at) : enter(next);
}

function recordOf(run: Pick<Run, 'plan' | 'epsilon'>, round: Round): RoundRecord {
  const participants = round.participants ?? [];
  const count = (sought: Participation): number =>
    participants.filter(({ participation }) => participation === sought).length;
  const endedAt = round.recordedAt ?? round.plannedAt;
  return {
    round: round.round,
    outcome: round.weights === undefined ? 'abandoned' : 'completed',
    cohort: participants.length,
    updates: count('updated'),
    declined: count('declined'),
    ...round.metrics,
    ...(run.plan.privacy === undefined ? {} : { epsilon: run.epsilon }),
    seconds: (endedAt - round.plannedAt) / 1_000,
    endedAt,
    ...(round.weights === undefined ? {} : { weights: round.weights }),
    ...(round.failure === undefined ? {} : { failure: round.failure }),
  };
}

function isTargetReached({ plan, records }: Run): boolean {
  const accuracy = records.at(-1)?.accuracy;
  return plan.stop !== undefined && accuracy !== undefined && accuracy >= plan.stop.accuracyMin;
}

/** More rounds would only spend privacy. */
function isHopeless({ records }: Run): boolean {
  const latest = records.slice(-ABANDONED_IN_A_ROW_MAX);
  return latest.length === ABANDONED_IN_A_ROW_MAX && latest.every(({ outcome }) => outcome === 'abandoned');
}

function failureOf({ records }: Run): Failure {
  return records.at(-1)?.failure ?? { code: 'RUN_FAILED', detail: 'no round changed the weights' };
}

function ended(run: Run, at: number): AdvancedRun {
  const hasResult = run.records.some((record) => isResult(run.plan, record));
  return hasResult ? enter({ ...run, state: 'finished', endedAt: at }) : failed(run, at, failureOf(run));
}

/** An evaluation is for its figures, all other runs are for weights. */
function isResult({ kind }: RunPlan, { accuracy, outcome }: RoundRecord): boolean {
  return outcome === 'completed' && (kind !== 'evaluation' || accuracy !== undefined);
}

/** The open round is stopped and still recorded, so that nodes hear of it and its privacy stays on the record. */
function stopped(run: Run, { at }: Event<'stopped'>): AdvancedRun {
  if (hasEnded(run)) return same(run);
  return withRoundEnded({ ...run, state: 'stopped', endedAt: at }, { kind: 'stopped', at });
}

function failed(run: Run, at: number, failure: Failure): AdvancedRun {
  return withRoundEnded({ ...run, state: 'failed', endedAt: at, failure }, { kind: 'failed', at, ...failure });
}

function withRoundEnded(run: Run, event: RoundEvent): AdvancedRun {
  if (run.round === undefined) return enter(run);
  const { round, effects } = advance(run.round, event);
  const ofRound = effects.map((effect): RunEffect => ({ kind: 'round', round: round.round, effect }));
  return { run: { ...run, round }, effects: ofRound };
}
