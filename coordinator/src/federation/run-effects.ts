import type { Digest, NodeId, RoundOffer } from '@sedge/protocol';
import { seededRandomness, systemRandomness, type Clock, type Randomness } from '@sedge/kit';
import { aggregateRound } from './aggregate.ts';
import { drawCohort } from './cohort.ts';
import type { Content, Evaluator, Fleet, ModelSource, RoundMessenger, RunLedger, UpdateSpool } from './ports.ts';
import { updatesOf } from './round.ts';
import type { Metrics, RoundEffect } from './round-state.ts';
import type { Run, RunEffect, RunEvent } from './run-state.ts';
import { isHeldHere, updateParameters } from './run-work.ts';
import { scoreOfNodes } from './score-of-nodes.ts';

/** Often enough to be watched, seldom enough to cost nothing. */
const PROGRESS_EVERY_MS = 500;

/** What effects act on. */
export interface EffectPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly content: Content;
  readonly evaluator: Evaluator;
  readonly fleet: Fleet;
  readonly ledger: RunLedger;
  readonly messenger: RoundMessenger;
  readonly models: Pick<ModelSource, 'manifestOf'>;
  readonly spool: UpdateSpool;
}

type Effect<Kind extends RoundEffect['kind']> = Extract<RoundEffect, { kind: Kind }>;

/**
 * Carries out what the run asks for and gives back what happened, as events. With nobody there no round is planned,
 * and no privacy is spent on noise alone; the next birth asks again. Whatever is done here may be
 * done again after a restart: nothing of it counts before its event is stored.
 */
export async function performRunEffect(ports: EffectPorts, run: Run, effect: RunEffect): Promise<RunEvent[]> {
  const at = ports.clock.now();
  switch (effect.kind) {
    case 'plan-round':
      return isHeldHere(run.plan) || run.population.some((node) => takesWork(ports, node))
        ? [{ kind: 'round-planned', at, round: effect.round }]
        : [];
    case 'round':
      return performRoundEffect(ports, run, effect.round, effect.effect);
    case 'end':
      return [];
  }
}

async function performRoundEffect(
  ports: EffectPorts,
  run: Run,
  round: number,
  effect: RoundEffect,
): Promise<RunEvent[]> {
  const at = ports.clock.now();
  switch (effect.kind) {
    case 'draw-cohort':
      return [{ kind: 'round', round, event: { kind: 'cohort-drawn', at, cohort: cohortOf(ports, run, round) } }];
    case 'publish-offers':
      return publishOffers(ports, run, round, effect);
    case 'announce-close':
      await announceClose(ports, run, round, effect);
      return [];
    case 'aggregate':
      return aggregate(ports, run, round, effect);
    case 'evaluate':
      return evaluate(ports, run, round, effect.weights);
    case 'record':
      await ports.spool.clear(run.id, round);
      return [{ kind: 'round', round, event: { kind: 'recorded', at } }];
    case 'await-deadline':
      return [];
  }
}

function takesWork({ fleet }: Pick<EffectPorts, 'fleet'>, node: NodeId): boolean {
  return fleet.isOnline(node) && !fleet.isShedding(node);
}

/** The cohort of a round; only fractions follow the plan's seed, coins that privacy counts on never do. */
function cohortOf({ fleet }: EffectPorts, { id, plan, population }: Run, round: number): NodeId[] {
  const random: Randomness =
    plan.cohort.sampling === 'fraction' ? seededRandomness(`cohort/${plan.seed}/${id}/${round}`) : systemRandomness;
  return drawCohort(plan.cohort, population, random, (node) => !fleet.isShedding(node));
}

/** Offers to the nodes that are there. Those that are away are lost at once; who comes back gets the offer then. */
async function publishOffers(
  ports: EffectPorts,
  run: Run,
  round: number,
  { attempt, nodes }: Effect<'publish-offers'>,
): Promise<RunEvent[]> {
  const offer = offerOf(ports, run, round, attempt);
  const online = nodes.filter((node) => ports.fleet.isOnline(node));
  await Promise.all(online.map((node) => ports.messenger.offer(node, offer)));
  const at = ports.clock.now();
  const away = nodes.filter((node) => !online.includes(node));
  return [
    { kind: 'round', round, event: { kind: 'offered', at } },
    ...away.map((node): RunEvent => ({ kind: 'round', round, event: { kind: 'node-lost', at, node } })),
  ];
}

/** The offer of the open round, with what is left of its time. */
export function offerOf(
  { clock, models }: Pick<EffectPorts, 'clock' | 'models'>,
  run: Run,
  round: number,
  attempt: number,
): RoundOffer {
  const { dataset, kind, local, model, privacy, roundTimeoutMs, seed } = run.plan;
  const deadlineAt = run.round?.deadlineAt ?? clock.now() + roundTimeoutMs;
  return {
    run: run.id,
    round,
    attempt,
    model,
    weights: weightsOf(run),
    parameters: [...updateParameters(models.manifestOf(model), run.plan)],
    dataset,
    ...(local === undefined ? {} : { local }),
    ...(kind === 'local' ? { progressEveryMs: PROGRESS_EVERY_MS } : {}),
    seed,
    ...(privacy === undefined ? {} : { clipNorm: privacy.clipNorm }),
    timeoutMs: Math.max(1, deadlineAt - clock.now()),
  };
}

async function announceClose(
  { messenger }: EffectPorts,
  run: Run,
  round: number,
  { nodes, reason }: Effect<'announce-close'>,
): Promise<void> {
  await Promise.all(nodes.map((node) => messenger.close(node, { run: run.id, round }, { reason })));
}

/** The ledger has the release before the event that makes it one. An evaluation releases no weights: it keeps its own. */
async function aggregate(
  ports: EffectPorts,
  run: Run,
  round: number,
  { updates }: Effect<'aggregate'>,
): Promise<RunEvent[]> {
  if (run.plan.kind === 'evaluation') return aggregated(ports, round, weightsOf(run));
  const weights = await aggregateRound(ports, {
    run: run.id,
    round,
    plan: run.plan,
    population: run.population.length,
    parameters: updateParameters(ports.models.manifestOf(run.plan.model), run.plan),
    weights: weightsOf(run),
    updates,
  });
  await ports.ledger.append('round.released', {
    run: run.id,
    round,
    weights,
    updates: updates.length,
    ...(run.plan.privacy === undefined ? {} : { epsilon: run.epsilon, delta: run.plan.privacy.delta }),
  });
  return aggregated(ports, round, weights);
}

function aggregated({ clock }: Pick<EffectPorts, 'clock'>, round: number, weights: Digest): RunEvent[] {
  return [{ kind: 'round', round, event: { kind: 'aggregated', at: clock.now(), weights } }];
}

async function evaluate(ports: EffectPorts, run: Run, round: number, weights: Digest): Promise<RunEvent[]> {
  const metrics = await metricsOf(ports, run, round, weights);
  return [{ kind: 'round', round, event: { kind: 'evaluated', at: ports.clock.now(), metrics } }];
}

async function metricsOf(ports: EffectPorts, run: Run, round: number, weights: Digest): Promise<Metrics> {
  const { dataset, evaluation, kind, model } = run.plan;
  if (kind === 'evaluation' && !isHeldHere(run.plan)) {
    const updates = run.round === undefined ? [] : updatesOf(run.round);
    return scoreOfNodes(ports.spool, { run: run.id, round, updates });
  }
  const scored = kind === 'evaluation' ? dataset : evaluation?.dataset;
  if (scored === undefined) return {};
  return ports.evaluator.evaluate({ manifest: ports.models.manifestOf(model), weights, dataset: scored });
}

export function weightsOf({ id, weights }: Run): Digest {
  if (weights === undefined) throw new Error(`run ${id} was not started`);
  return weights;
}
