import type { ErrorCode, NodeId } from '@sedge/protocol';
import type {
  CloseReason,
  Failure,
  Participant,
  Round,
  RoundEffect,
  RoundEvent,
  RoundSettings,
  StoredUpdate,
} from './round-state.ts';

/**
 * One round of a federated run as a pure state machine. Replaying its events gives the same round, and `pendingEffects`
 * says what a coordinator that was started again has to take up.
 */

export interface AdvancedRound {
  readonly round: Round;
  readonly effects: readonly RoundEffect[];
  /** The event was not taken, for this reason; the round is unchanged. */
  readonly refused?: ErrorCode;
}

type Event<Kind extends RoundEvent['kind']> = Extract<RoundEvent, { kind: Kind }>;
type NodeEvent = Event<'accepted' | 'declined' | 'update-stored' | 'node-lost'>;

export function planRound(settings: RoundSettings, at: number): Round {
  return { ...settings, state: 'planned', plannedAt: at, attempt: 0 };
}

/** Events that no longer apply change nothing, so that any of them may come twice. */
export function advance(round: Round, event: RoundEvent): AdvancedRound {
  switch (event.kind) {
    case 'cohort-drawn':
      return drawn(round, event);
    case 'offered':
      return offered(round);
    case 'accepted':
    case 'declined':
    case 'update-stored':
    case 'node-lost':
      return answered(round, event);
    case 'deadline-passed':
      return isOpen(round) && event.at >= deadlineOf(round) ? closed(round, 'deadline') : same(round);
    case 'aggregated':
      return round.state === 'closed' ? enter({ ...round, state: 'aggregated', weights: event.weights }) : same(round);
    case 'evaluated':
      return round.state === 'aggregated'
        ? enter({ ...round, state: 'evaluated', metrics: event.metrics })
        : same(round);
    case 'recorded':
      return recorded(round, event);
    case 'stopped':
      return isBeforeClose(round) ? abandoned(round, 'stopped', STOPPED) : same(round);
    case 'failed':
      return failed(round, event);
  }
}

/** Why an update would not be taken: asked before it is stored. A second one of the same node is not refused. */
export function updateRefusal(round: Round, { node, at }: { node: NodeId; at: number }): ErrorCode | undefined {
  const participant = round.participants?.find((one) => one.node === node);
  if (participant === undefined) return 'NOT_IN_COHORT';
  if (participant.participation === 'updated') return undefined;
  return isOpen(round) && at <= deadlineOf(round) ? undefined : 'ROUND_CLOSED';
}

/** What the state of a round asks for: on entering it, and again after a restart. */
export function pendingEffects(round: Round): RoundEffect[] {
  switch (round.state) {
    case 'planned':
    case 'offered':
    case 'training':
      return round.participants === undefined ? [{ kind: 'draw-cohort' }] : offerEffects(round);
    case 'closed':
      return [...announceClose(round), { kind: 'aggregate', updates: updatesOf(round) }];
    case 'aggregated':
      if (!round.isEvaluated || round.weights === undefined) return [{ kind: 'record' }];
      return [{ kind: 'evaluate', weights: round.weights }];
    case 'abandoned':
      return [...announceClose(round), { kind: 'record' }];
    case 'evaluated':
      return [{ kind: 'record' }];
    case 'recorded':
      return [];
  }
}

/** The stored updates in the order of the cohort. */
export function updatesOf({ participants = [] }: Round): (StoredUpdate & { readonly node: NodeId })[] {
  return participants.flatMap(({ node, update }) => (update === undefined ? [] : [{ node, ...update }]));
}

const STOPPED: Failure = { code: 'TRAINING_STOPPED', detail: 'the run was stopped' };

function enter(round: Round): AdvancedRound {
  return { round, effects: pendingEffects(round) };
}

function same(round: Round): AdvancedRound {
  return { round, effects: [] };
}

/** Updates are taken from the moment at which the cohort is known: an answer may overtake the note of the offer. */
function isOpen(round: Round): boolean {
  return round.participants !== undefined && isBeforeClose(round);
}

function isBeforeClose({ state }: Round): boolean {
  return state === 'planned' || state === 'offered' || state === 'training';
}

function deadlineOf({ deadlineAt = Number.POSITIVE_INFINITY }: Round): number {
  return deadlineAt;
}

function drawn(round: Round, { at, cohort }: Event<'cohort-drawn'>): AdvancedRound {
  if (round.state !== 'planned' || round.participants !== undefined) return same(round);
  const participants = cohort.map((node): Participant => ({ node, participation: 'invited' }));
  const next = { ...round, participants, deadlineAt: at + round.timeoutMs };
  return cohort.length === 0 ? closed(next, 'complete') : enter(next);
}

function offered(round: Round): AdvancedRound {
  if (!isOpen(round)) return same(round);
  const state = round.state === 'planned' ? 'offered' : round.state;
  return same({ ...round, state, attempt: round.attempt + 1 });
}

function answered(round: Round, event: NodeEvent): AdvancedRound {
  if (event.kind === 'update-stored') {
    const refused = updateRefusal(round, event);
    if (refused !== undefined) return { ...same(round), refused };
  }
  const index = round.participants?.findIndex(({ node }) => node === event.node) ?? -1;
  const participant = round.participants?.[index];
  if (!isOpen(round) || participant === undefined || participant.participation === 'updated') return same(round);
  const participants = round.participants?.with(index, participantAfter(participant, event)) ?? [];
  const next: Round = { ...round, state: 'training', participants };
  return participants.some(isAwaited) ? same(next) : closed(next, 'complete');
}

/** A node that was lost or declined may still come back with an update while the round is open. */
function participantAfter({ node }: Participant, event: NodeEvent): Participant {
  switch (event.kind) {
    case 'accepted':
      return { node, participation: 'accepted' };
    case 'declined':
      return { node, participation: 'declined', ...(event.code === undefined ? {} : { code: event.code }) };
    case 'node-lost':
      return { node, participation: 'lost' };
    case 'update-stored':
      return { node, participation: 'updated', update: event.update };
  }
}

function isAwaited({ participation }: Participant): boolean {
  return participation === 'invited' || participation === 'accepted';
}

function closed(round: Round, reason: CloseReason): AdvancedRound {
  const updates = updatesOf(round).length;
  if (updates >= round.updatesMin) return enter({ ...round, state: 'closed', closeReason: reason });
  const detail = `${updates} updates came, the plan asks for at least ${round.updatesMin}${declineWords(round)}`;
  return abandoned(round, reason, { code: 'TOO_FEW_UPDATES', detail });
}

/** Why nodes declined, for whoever reads the history of a run that came to nothing. */
function declineWords({ participants = [] }: Round): string {
  const codes = participants.flatMap(({ code, participation }) =>
    participation === 'declined' ? [code ?? 'no reason'] : [],
  );
  const counted = [...new Set(codes)].map((code) => `${code} (${codes.filter((one) => one === code).length})`);
  return counted.length === 0 ? '' : `; nodes declined with ${counted.join(', ')}`;
}

function abandoned(round: Round, closeReason: CloseReason, failure: Failure): AdvancedRound {
  return enter({ ...round, state: 'abandoned', closeReason, failure });
}

/** A failed evaluation costs the figures, not the round: the weights are made and stored. */
function failed(round: Round, { code, detail }: Event<'failed'>): AdvancedRound {
  const failure: Failure = { code, detail };
  switch (round.state) {
    case 'planned':
    case 'offered':
    case 'training':
    case 'closed':
      return abandoned(round, round.closeReason ?? 'failed', failure);
    case 'aggregated':
      return enter({ ...round, state: 'evaluated', failure });
    case 'evaluated':
    case 'abandoned':
    case 'recorded':
      return same(round);
  }
}

function recorded(round: Round, { at }: Event<'recorded'>): AdvancedRound {
  const isReady = pendingEffects(round).some(({ kind }) => kind === 'record');
  return isReady ? enter({ ...round, state: 'recorded', recordedAt: at }) : same(round);
}

function offerEffects(round: Round): RoundEffect[] {
  const nodes = nodesWith(round, 'invited', 'accepted', 'lost');
  return [
    { kind: 'publish-offers', attempt: round.attempt + 1, nodes },
    { kind: 'await-deadline', at: deadlineOf(round) },
  ];
}

function announceClose(round: Round): RoundEffect[] {
  const nodes = nodesWith(round, 'invited', 'accepted', 'lost');
  if (round.closeReason === undefined || nodes.length === 0) return [];
  return [{ kind: 'announce-close', reason: round.closeReason, nodes }];
}

function nodesWith({ participants = [] }: Round, ...sought: Participant['participation'][]): NodeId[] {
  return participants.filter(({ participation }) => sought.includes(participation)).map(({ node }) => node);
}
