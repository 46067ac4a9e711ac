import type { Digest, ModelRef } from '@sedge/protocol';
import type { RoundView, RunView } from '@sedge/protocol/routes';
import { planEpsilon } from '../privacy/accountant.ts';
import type { Round } from './round-state.ts';
import type { RoundRecord, Run } from './run-state.ts';

/** A run as the REST door shows it. */
export function runView(
  run: Run,
  base: { readonly weights: Digest; readonly published?: ModelRef | undefined },
): RunView {
  const latest = run.records.findLast(({ accuracy }) => accuracy !== undefined);
  const epsilonPlanned = planEpsilon(run.plan);
  return {
    id: run.id,
    state: run.state,
    plan: run.plan,
    population: run.population.length,
    round: run.round?.round ?? run.records.length,
    ...(run.round === undefined ? {} : { progress: progressOf(run.round) }),
    ...(latest?.accuracy === undefined ? {} : { accuracy: latest.accuracy }),
    ...(latest?.loss === undefined ? {} : { loss: latest.loss }),
    ...(run.plan.privacy === undefined ? {} : { epsilon: run.epsilon }),
    ...(epsilonPlanned === undefined ? {} : { epsilonPlanned }),
    weights: run.weights ?? base.weights,
    ...(base.published === undefined ? {} : { published: base.published }),
    ...(run.failure === undefined ? {} : { error: run.failure }),
    createdAt: timeText(run.createdAt),
    ...(run.endedAt === undefined ? {} : { endedAt: timeText(run.endedAt) }),
  };
}

/** A closed round as history shows it; `before` are the weights that it started from. */
export function roundView(record: RoundRecord, before: Digest): RoundView {
  const { accuracy, epsilon, failure, loss } = record;
  return {
    round: record.round,
    outcome: record.outcome,
    cohort: record.cohort,
    updates: record.updates,
    declined: record.declined,
    missing: record.cohort - record.updates - record.declined,
    weights: record.weights ?? before,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(loss === undefined ? {} : { loss }),
    ...(epsilon === undefined ? {} : { epsilon }),
    ...(failure === undefined ? {} : { error: failure }),
    seconds: record.seconds,
    endedAt: timeText(record.endedAt),
  };
}

function progressOf({ participants = [], state }: Round): NonNullable<RunView['progress']> {
  const updates = participants.filter(({ participation }) => participation === 'updated').length;
  return { cohort: participants.length, updates, stage: state };
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}
