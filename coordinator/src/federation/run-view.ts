import type { Digest, ModelRef } from '@sedge/protocol';
import type { RoundView, RunView } from '@sedge/protocol/routes';
import { planEpsilon } from '../privacy/accountant.ts';
import type { Failure, Round } from './round-state.ts';
import type { RoundRecord, Run } from './run-state.ts';

/** What is known of a run beside its events. */
export interface Publication {
  readonly published?: ModelRef | undefined;
  readonly failure?: Failure | undefined;
  readonly training?: RunView['training'] | undefined;
}

/** A run as the REST door shows it. */
export function runView(run: Run, publication: Publication): RunView {
  const latest = run.records.findLast(({ accuracy }) => accuracy !== undefined);
  const epsilonPlanned = planEpsilon(run.plan);
  const error = run.failure ?? publication.failure;
  return {
    id: run.id,
    state: stateOf(run, publication),
    plan: run.plan,
    population: run.population.length,
    round: run.round?.round ?? run.records.length,
    ...(run.round === undefined ? {} : { progress: progressOf(run.round) }),
    ...(publication.training === undefined ? {} : { training: publication.training }),
    ...(latest?.accuracy === undefined ? {} : { accuracy: latest.accuracy }),
    ...(latest?.loss === undefined ? {} : { loss: latest.loss }),
    ...(run.plan.privacy === undefined ? {} : { epsilon: run.epsilon }),
    ...(epsilonPlanned === undefined ? {} : { epsilonPlanned }),
    ...(run.weights === undefined ? {} : { weights: run.weights }),
    ...(publication.published === undefined ? {} : { published: publication.published }),
    ...(error === undefined ? {} : { error }),
    createdAt: timeText(run.createdAt),
    ...(run.endedAt === undefined ? {} : { endedAt: timeText(run.endedAt) }),
  };
}

/** A closed round as history shows it; `before` are the weights that it started from. */
export function roundView(record: RoundRecord, before: Digest): RoundView {
  const { accuracy, epsilon, examples, failure, loss } = record;
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
    ...(examples === undefined ? {} : { examples }),
    ...(epsilon === undefined ? {} : { epsilon }),
    ...(failure === undefined ? {} : { error: failure }),
    seconds: record.seconds,
    endedAt: timeText(record.endedAt),
  };
}

/** Whoever waits for the end of a run wants its result, too. */
function stateOf({ plan, state }: Run, { failure, published }: Publication): RunView['state'] {
  const isAwaited = plan.publishAs !== undefined && published === undefined && failure === undefined;
  return state === 'finished' && isAwaited ? 'publishing' : state;
}

function progressOf({ participants = [], state }: Round): NonNullable<RunView['progress']> {
  const updates = participants.filter(({ participation }) => participation === 'updated').length;
  return { cohort: participants.length, updates, stage: state };
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}
