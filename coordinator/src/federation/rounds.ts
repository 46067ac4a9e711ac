import {
  asSedgeError,
  limits,
  SedgeError,
  type Crypto,
  type Envelope,
  type NodeId,
  type ParameterSpec,
  type RoundAnswer,
  type RunId,
  type RunPlan,
  type TrainingProgressMessage,
} from '@sedge/protocol';
import type { RoundView, RunView } from '@sedge/protocol/routes';
import { newId, type Clock, type Log, type Randomness, type Timer } from '@sedge/kit';
import type { Emit } from '../events/event-hub.ts';
import { epsilonByRound, mechanismOf } from '../privacy/accountant.ts';
import { checkRun, type RunBasis } from './check-run.ts';
import { endRun } from './end-run.ts';
import type { ModelSource, RunStore, StoredRun } from './ports.ts';
import { RunDriver } from './run-driver.ts';
import { offerOf, performRunEffect, type EffectPorts } from './run-effects.ts';
import { advanceRun, createRun, hasEnded } from './run.ts';
import type { Failure } from './round-state.ts';
import type { Run, RunEffect, RunEvent } from './run-state.ts';
import { RunProgress } from './run-progress.ts';
import { roundView, runView } from './run-view.ts';
import { populationOf } from './run-work.ts';
import { UpdateIntake } from './update-intake.ts';

export interface RoundsOptions extends EffectPorts {
  readonly clock: Clock;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly emit: Emit;
  readonly log: Log;
  readonly models: ModelSource;
  readonly randomness: Pick<Randomness, 'bytes'>;
  readonly store: RunStore;
}

export interface RunRequest {
  readonly id?: RunId | undefined;
  readonly plan: RunPlan;
  readonly delegation?: Envelope | undefined;
}

/** What a plan would do, and what keeps it from starting. */
export interface PlanReport {
  readonly plan: RunPlan;
  readonly population: number;
  readonly parameters: number;
  readonly epsilon?: number[];
  readonly problems: { code: string; detail: string }[];
}

interface OpenRun {
  readonly stored: StoredRun;
  readonly driver: RunDriver;
  /** Undefined for a run that is over when it is loaded: its model may be gone. */
  readonly intake: UpdateIntake | undefined;
  readonly progress: RunProgress;
  /** Why the result could not be published. */
  publishFailure?: Failure;
}

/** All federated runs of this coordinator: the door for people, and for what nodes say. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #runs = new Map<RunId, OpenRun>();
  #resumeTimer: Timer | undefined;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /**
   * Loads every run. Those that were not finished go on after the time that nodes need to come back: without it, the
   * whole cohort would count as lost.
   */
  async start(): Promise<void> {
    const { clock, log, store } = this.#options;
    for (const { events, run: stored } of await store.load()) {
      const created = createRun(stored.id, stored.plan, stored.createdAt);
      const run = events.reduce((state, event) => advanceRun(state, event).run, created);
      this.#open(stored, run, this.#isSettled(run) ? undefined : this.#parametersOf(stored));
    }
    const unfinished = [...this.#runs.values()].filter(({ driver }) => !this.#isSettled(driver.run));
    if (unfinished.length === 0) return;
    log.info('runs go on when their nodes are back', { runs: unfinished.length, afterMs: limits.heartbeatPatienceMs });
    this.#resumeTimer = clock.setTimer(limits.heartbeatPatienceMs, () =>
      unfinished.forEach((open) => this.#resume(open)),
    );
  }

  async stop(): Promise<void> {
    this.#resumeTimer?.cancel();
    await Promise.all([...this.#runs.values()].map(({ driver }) => driver.stop()));
  }

  plan(plan: RunPlan): PlanReport {
    const { problems, basis, population } = checkRun(this.#options, { plan, isRehearsal: true });
    const { privacy } = plan;
    const epsilon =
      privacy === undefined ? undefined : epsilonByRound(mechanismOf(plan.cohort, privacy), plan.rounds, privacy.delta);
    return {
      plan,
      population: population.length,
      parameters: basis?.parameterCount ?? 0,
      ...(epsilon === undefined ? {} : { epsilon }),
      problems: problems.map(({ code, detail }) => ({ code, detail })),
    };
  }

  /** Starts a run. The same request with the same id gives the run that is there. Throws RUN_EXISTS, and what the plan deserves. */
  async create(request: RunRequest): Promise<RunView> {
    const { clock, ledger, randomness, store } = this.#options;
    const id = request.id ?? (newId(randomness, 'run') as RunId);
    const existing = this.#runs.get(id);
    if (existing !== undefined) return this.#sameRun(existing, request.plan);

    const { basis, problems, population } = checkRun(this.#options, { ...request, id });
    const [problem] = problems;
    if (problem !== undefined) throw problem;
    if (basis === undefined) throw new SedgeError('INTERNAL', `run ${id} has no model`);
    const stored = storedRun(id, request, clock.now());
    await ledger.append('run.created', { run: id, plan: request.plan, population: population.length });
    await store.create(stored);
    const open = this.#open(stored, createRun(id, request.plan, stored.createdAt), basis.parameters);
    await open.driver.take({ kind: 'started', at: clock.now(), population, weights: basis.weights });
    return this.get(id);
  }

  get(id: RunId): RunView {
    const { driver, progress, publishFailure } = this.#find(id);
    const published = this.#options.models.publishedBy(id);
    return runView(driver.run, { published, failure: publishFailure, training: progress.latest });
  }

  /** Newest first. */
  list(): RunView[] {
    return [...this.#runs.keys()].reverse().map((id) => this.get(id));
  }

  rounds(id: RunId): RoundView[] {
    const { run } = this.#find(id).driver;
    if (run.initialWeights === undefined) return [];
    let before = run.initialWeights;
    return run.records.map((record) => {
      const view = roundView(record, before);
      before = view.weights;
      return view;
    });
  }

  async endRun(id: RunId): Promise<RunView> {
    const { driver } = this.#find(id);
    if (hasEnded(driver.run))
      throw new SedgeError('RUN_FINISHED', `run ${id} is ${driver.run.state}`, { expose: true });
    await driver.take({ kind: 'stopped', at: this.#options.clock.now() });
    return this.get(id);
  }

  /** Whether an unfinished run trains this version, so that it may not be deleted. */
  isTraining(model: { readonly name: string; readonly version: number }): boolean {
    return [...this.#runs.values()].some(
      ({ driver: { run } }) =>
        !this.#isSettled(run) && run.plan.model.name === model.name && run.plan.model.version === model.version,
    );
  }

  async onAnswer(node: NodeId, of: { run: RunId; round: number }, answer: RoundAnswer): Promise<void> {
    const at = this.#options.clock.now();
    const declined = {
      kind: 'declined',
      at,
      node,
      ...(answer.code === undefined ? {} : { code: answer.code }),
    } as const;
    const event = answer.accepted ? ({ kind: 'accepted', at, node } as const) : declined;
    await this.#runs.get(of.run)?.driver.take({ kind: 'round', round: of.round, event });
  }

  /** Heard only of the one node of a local run, whose progress is nobody else's. */
  onProgress(node: NodeId, of: { run: RunId; round: number }, progress: TrainingProgressMessage): void {
    const open = this.#runs.get(of.run);
    const run = open?.driver.run;
    if (run?.plan.kind !== 'local' || run.round?.round !== of.round || !run.population.includes(node)) return;
    open?.progress.take(progress);
  }

  async onUpdateChunk(node: NodeId, of: { run: RunId; round: number }, frame: Uint8Array): Promise<void> {
    const open = this.#runs.get(of.run);
    if (open?.intake === undefined) return this.#options.messenger.close(node, of, { reason: 'stopped' });
    const ack = await open.intake.take(node, of.round, frame);
    await this.#options.messenger.acknowledge(node, of, ack);
  }

  /** A node left: whoever waits for it need not wait longer. */
  async onOffline(node: NodeId): Promise<void> {
    const at = this.#options.clock.now();
    for (const { driver } of this.#awaiting(node)) {
      const round = driver.run.round?.round ?? 0;
      await driver.take({ kind: 'round', round, event: { kind: 'node-lost', at, node } });
    }
  }

  /**
   * A node is there again, or takes work again: it may have missed an offer and still have time, or a run may have
   * waited for anybody.
   */
  async onBirth(node: NodeId): Promise<void> {
    for (const { driver } of this.#runs.values()) {
      if (driver.run.state === 'running' && driver.run.round === undefined) driver.resume();
    }
    for (const { driver } of this.#awaiting(node)) {
      const { round } = driver.run;
      if (round === undefined || round.attempt === 0) continue;
      await this.#options.messenger.offer(node, offerOf(this.#options, driver.run, round.round, round.attempt));
    }
  }

  /** Runs whose open round could still use an update of this node. */
  #awaiting(node: NodeId): OpenRun[] {
    return [...this.#runs.values()].filter(({ driver: { run } }) =>
      run.round?.participants?.some(
        (one) => one.node === node && one.update === undefined && one.participation !== 'declined',
      ),
    );
  }

  #find(id: RunId): OpenRun {
    const open = this.#runs.get(id);
    if (open === undefined) throw new SedgeError('RUN_NOT_FOUND', `run ${id} is not known`, { expose: true });
    return open;
  }

  #sameRun(existing: OpenRun, plan: RunPlan): RunView {
    if (JSON.stringify(existing.stored.plan) === JSON.stringify(plan)) return this.get(existing.stored.id);
    throw new SedgeError('RUN_EXISTS', `run ${existing.stored.id} has another plan`, { expose: true });
  }

  #open(stored: StoredRun, run: Run, parameters: readonly ParameterSpec[] | undefined): OpenRun {
    const { clock, crypto, emit, fleet, log, spool, store } = this.#options;
    const driver: RunDriver = new RunDriver({
      run,
      store,
      clock,
      log,
      perform: (now, effect) => this.#perform(stored, now, effect),
      onChange: (after, before) => this.#tell(stored.id, after, before),
    });
    const intake = parameters && new UpdateIntake({ driver, parameters, spool, fleet, crypto, clock, log });
    const open = { stored, driver, intake, progress: new RunProgress({ clock, emit, run: stored.id }) };
    this.#runs.set(stored.id, open);
    return open;
  }

  /** A run whose model is gone must not keep the coordinator from starting: its next step fails, and says so. */
  #parametersOf(stored: StoredRun): readonly ParameterSpec[] | undefined {
    const { basis, problems } = checkRun(this.#options, { plan: stored.plan, id: stored.id, isRehearsal: true });
    if (basis === undefined)
      this.#options.log.error('a run has lost its model', { run: stored.id, error: problems[0] });
    return basis?.parameters;
  }

  #basisOf({ plan, id }: StoredRun): RunBasis {
    const { basis } = checkRun(this.#options, { plan, id, isRehearsal: true });
    if (basis === undefined) throw new SedgeError('MODEL_NOT_FOUND', `the model of run ${id} is gone`);
    return basis;
  }

  /** Nothing is left to do: the run has ended, its last round is recorded, and its result is published. */
  #isSettled({ id, plan, round, state }: Run): boolean {
    const isPublished = plan.publishAs === undefined || this.#options.models.publishedBy(id) !== undefined;
    return round === undefined && (state === 'failed' || state === 'stopped' || (state === 'finished' && isPublished));
  }

  #resume({ driver, stored }: OpenRun): void {
    if (driver.run.state !== 'created') return driver.resume();
    const { clock, fleet, log } = this.#options;
    const { weights } = this.#basisOf(stored);
    const population = populationOf(fleet, stored.plan);
    driver
      .take({ kind: 'started', at: clock.now(), population, weights })
      .catch((error: unknown) => log.error('a run could not be started again', { run: stored.id, error }));
  }

  async #perform(stored: StoredRun, run: Run, effect: RunEffect): Promise<readonly RunEvent[]> {
    if (effect.kind === 'end') await this.#end(stored, run);
    return performRunEffect(this.#options, run, effect);
  }

  /** A result that cannot be published does not undo the run: its weights are there. The next start tries again. */
  async #end(stored: StoredRun, run: Run): Promise<void> {
    try {
      await endRun(this.#options, stored, run);
    } catch (error) {
      const { code, detail } = asSedgeError(error);
      this.#options.log.error('the result of a run could not be published', { run: run.id, error });
      this.#find(run.id).publishFailure = { code, detail };
    }
    this.#tell(stored.id, run, run);
  }

  #tell(id: RunId, after: Run, before: Run): void {
    const { emit } = this.#options;
    const closed = after.records.at(-1);
    if (closed !== undefined && after.records.length > before.records.length) {
      this.#runs.get(id)?.intake?.forget();
      emit('round.changed', id, { run: id, ...closed });
    }
    const { epsilon, progress, round, state } = this.get(id);
    emit('run.changed', id, {
      run: id,
      state,
      round,
      ...progress,
      ...(epsilon === undefined ? {} : { epsilon }),
    });
  }
}

function storedRun(id: RunId, { delegation, plan }: RunRequest, createdAt: number): StoredRun {
  return { id, plan, createdAt, ...(delegation === undefined ? {} : { delegation }) };
}
