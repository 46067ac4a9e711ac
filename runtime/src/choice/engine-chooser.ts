import { type Clock, type Log, TaskQueue, untilAborted } from '@sedge/kit';
import { type Digest, type EngineChoice, type EngineName, limits, SedgeError } from '@sedge/protocol';
import type { ModelFiles } from '../engine.ts';
import { type AvailableEngine, availableEngines } from './available-engines.ts';
import { type Candidate, candidatesFor, pinnedCandidate } from './candidates.ts';
import { ChoiceStore } from './choice-store.ts';
import { decide, decideUnmeasured, type Trial } from './decide.ts';
import { type HostPlatform, thisPlatform } from './host-platform.ts';
import {
  DEFAULT_BUDGETS,
  isPassing,
  proveCandidate,
  type TrialBudgets,
  type TrialHost,
  tryCandidate,
} from './trial.ts';

export interface EngineChooserOptions {
  /** A file for what was measured; its folder exists. */
  readonly storePath: string;
  /** What is measured holds for one model of CPU. */
  readonly cpuModel: string;
  /** A host for each trial, in a process of its own: an engine that crashes must end nothing else. */
  readonly startHost: (engine: EngineName) => TrialHost;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Log;
  readonly budgets?: Partial<TrialBudgets>;
  readonly platform?: HostPlatform;
  /** Those whose files are installed, unless others are given. */
  readonly engines?: (platform: HostPlatform) => Promise<AvailableEngine[]>;
}

export interface ChooseOptions {
  /** The engine that an operator asks for. */
  readonly pin?: EngineName | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Finds the engine and execution provider that run a model best on this board, by running it. */
export class EngineChooser {
  readonly #options: EngineChooserOptions;
  readonly #budgets: TrialBudgets;
  readonly #platform: HostPlatform;
  readonly #store: ChoiceStore;
  /** One at a time: two that are measured together would slow each other down. */
  readonly #queue = new TaskQueue(limits.hostQueueMax);
  /** Candidates that gave the golden answer in this process or before, and those that did not. */
  readonly #proven = new Set<string>();
  readonly #unfit = new Map<string, Trial>();

  constructor(options: EngineChooserOptions) {
    const { storePath, log, budgets, platform = thisPlatform() } = options;
    this.#options = options;
    this.#budgets = { ...DEFAULT_BUDGETS, ...budgets };
    this.#platform = platform;
    this.#store = new ChoiceStore({ path: storePath, log });
  }

  /**
   * The choice for a model, measured unless it is pinned, known from before, or without alternative. Throws
   * ENGINE_UNAVAILABLE with the reason, and for a model that no engine opens what the portable one says of it.
   */
  async choose(files: ModelFiles, digest: Digest, { pin, signal }: ChooseOptions = {}): Promise<EngineChoice> {
    const engines = await this.#engines();
    if (pin !== undefined) return this.#takeOnly(pinnedCandidate(pin, files.format, engines), 'pinned', signal);
    const [first, ...others] = candidatesFor(files.format, engines);
    if (first === undefined) throw new SedgeError('ENGINE_UNAVAILABLE', noEngine(files, engines), { expose: true });
    if (others.length === 0) return this.#takeOnly(first, 'only', signal);
    const key = this.#key(engines, digest);
    const known = await this.#store.get(key);
    if (known !== undefined) return known;
    return this.#inTurn(signal, async () => {
      return (await this.#store.get(key)) ?? this.#measured(files, [first, ...others], key, signal);
    });
  }

  #engines(): Promise<AvailableEngine[]> {
    const { engines = availableEngines } = this.#options;
    return engines(this.#platform);
  }

  #key(engines: readonly AvailableEngine[], subject: string): string {
    const { cpuModel } = this.#options;
    const versions = engines.map(({ name, version, providers }) => `${name} ${version} ${providers.join()}`);
    return JSON.stringify([cpuModel, this.#platform.arch, this.#platform.nodeVersion, ...versions, subject]);
  }

  async #inTurn<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    signal?.throwIfAborted();
    const turn = this.#queue.run(() => {
      signal?.throwIfAborted();
      return work();
    });
    return signal === undefined ? turn : untilAborted(turn, signal);
  }

  /** Nothing to measure; it still has to give the golden answer. Components need none: there is no other engine. */
  async #takeOnly(
    candidate: Candidate,
    reason: 'only' | 'pinned',
    signal: AbortSignal | undefined,
  ): Promise<EngineChoice> {
    const choice: EngineChoice = { ...candidate, reason, probes: [] };
    if (candidate.engine === 'component') return choice;
    const id = idOf(candidate);
    const key = this.#key(await this.#engines(), `golden ${id}`);
    if (this.#proven.has(id) || (await this.#store.get(key)) !== undefined) return choice;
    await this.#inTurn(signal, () => proveCandidate(this.#trialOptions, { candidate, isProven: false, signal }));
    this.#proven.add(id);
    await this.#store.set(key, { ...choice, reason: 'only' });
    return choice;
  }

  async #measured(
    files: ModelFiles,
    candidates: readonly Candidate[],
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<EngineChoice> {
    const trials = await this.#trials(files, candidates, signal);
    const choice = decide(trials) ?? decideUnmeasured(trials);
    if (!trials.some(({ error }) => isPassing(error?.code))) await this.#store.set(key, choice);
    this.#options.log.info('an engine was chosen', { ...choice });
    return choice;
  }

  /** The portable engine comes last, since it is often the slowest and may stop early, and stands first in the result. */
  async #trials(
    files: ModelFiles,
    candidates: readonly Candidate[],
    signal: AbortSignal | undefined,
  ): Promise<Trial[]> {
    const trials: Trial[] = [];
    for (const candidate of candidates.toReversed()) {
      trials.unshift(await this.#try(files, candidate, signal, bestOf(trials)));
    }
    return trials;
  }

  async #try(
    files: ModelFiles,
    candidate: Candidate,
    signal: AbortSignal | undefined,
    rivalMs: number | undefined,
  ): Promise<Trial> {
    const id = idOf(candidate);
    const failed = this.#unfit.get(id);
    if (failed !== undefined) return failed;
    const request = { candidate, isProven: this.#proven.has(id), signal };
    const trial = await tryCandidate(this.#trialOptions, request, files, rivalMs);
    if (trial.isProven === true) this.#proven.add(id);
    else if (!isPassing(trial.error?.code)) this.#unfit.set(id, trial);
    return trial;
  }

  get #trialOptions(): Parameters<typeof proveCandidate>[0] {
    const { startHost, clock } = this.#options;
    return { startHost, clock, budgets: this.#budgets };
  }
}

function idOf({ engine, provider }: Candidate): string {
  return `${engine}/${provider}`;
}

function bestOf(trials: readonly Trial[]): number | undefined {
  const times = trials.flatMap(({ medianMs }) => (medianMs === undefined ? [] : [medianMs]));
  return times.length === 0 ? undefined : Math.min(...times);
}

function noEngine({ format }: ModelFiles, engines: readonly AvailableEngine[]): string {
  const reasons = engines.filter((engine) => engine.formats.includes(format)).map(({ absent }) => absent ?? '');
  return reasons.join('; ') || `no engine runs models of format ${format}`;
}
