import { type Clock, deadlineSignal, untilAborted } from '@sedge/kit';
import {
  asSedgeError,
  type EngineName,
  type ErrorCode,
  type FunctionSpec,
  SedgeError,
  type Tensor,
} from '@sedge/protocol/core';
import type { ModelFiles } from '../engine.ts';
import type { ModelHost } from '../host/model-host.ts';
import { disagreement } from './agreement.ts';
import type { Candidate } from './candidates.ts';
import type { Trial } from './decide.ts';
import { type GoldenModel, goldenModel } from './golden-model.ts';
import { freeSizes, probeInputs } from './probe-inputs.ts';
import type { ProbeRequest } from './probe-session.ts';

export type TrialHost = Pick<ModelHost, 'start' | 'open' | 'run' | 'probe' | 'close' | 'stop'>;

export interface TrialOptions {
  /** A host for each trial, in a process of its own: an engine that crashes must end nothing else. */
  readonly startHost: (engine: EngineName) => TrialHost;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly budgets: TrialBudgets;
}

export interface TrialBudgets {
  /** Runs before the portable engine is measured: WebAssembly is optimised while it runs. */
  readonly portableWarmUpMs: number;
  readonly nativeWarmUpMs: number;
  readonly measureMs: number;
  /** Everything about one candidate: start, golden answer, opening and measuring. */
  readonly trialMs: number;
}

export const DEFAULT_BUDGETS: TrialBudgets = {
  portableWarmUpMs: 1_000,
  nativeWarmUpMs: 100,
  measureMs: 400,
  trialMs: 30_000,
};

export interface TrialRequest {
  readonly candidate: Candidate;
  /** Whether it has given the golden answer before. */
  readonly isProven: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Throws ENGINE_UNAVAILABLE for an engine that does not start, or that answers wrongly. */
export function proveCandidate(options: TrialOptions, { candidate, signal }: TrialRequest): Promise<void> {
  return inHost(options, candidate.engine, signal, (host) => giveGoldenAnswer(host, candidate, options.budgets));
}

/** Runs a model on one candidate. A failure is its result; throws only why the signal aborted. */
export async function tryCandidate(
  options: TrialOptions,
  request: TrialRequest,
  files: ModelFiles,
  rivalMs?: number,
): Promise<Trial> {
  const { candidate, signal } = request;
  const { engine, provider } = candidate;
  let { isProven } = request;
  try {
    return await inHost(options, engine, signal, async (host) => {
      if (!isProven) await giveGoldenAnswer(host, candidate, options.budgets);
      isProven = true;
      const trial = await measure(host, { ...files, engine, provider }, options.budgets, rivalMs);
      return { ...candidate, isProven, ...trial };
    });
  } catch (error) {
    signal?.throwIfAborted();
    return { ...candidate, isProven, error: asSedgeError(error) };
  }
}

const GOLDEN_ID = 'golden';
const MODEL_ID = 'model';
const GOLDEN_TOLERANCE = { absolute: 1e-4, relative: 0 };

async function giveGoldenAnswer(host: TrialHost, candidate: Candidate, budgets: TrialBudgets): Promise<void> {
  const golden = goldenModel();
  const outputs = await answerOf(host, candidate, golden, budgets).catch((error: unknown) => {
    throw unfitUnlessPassing(asSedgeError(error));
  });
  const difference = disagreement([golden.expected], outputs, GOLDEN_TOLERANCE);
  if (difference !== undefined) throw unfit(`it answers the golden model wrongly: ${difference}`);
  await host.close(GOLDEN_ID);
}

async function answerOf(
  host: TrialHost,
  candidate: Candidate,
  { artifact, input }: GoldenModel,
  { trialMs }: TrialBudgets,
): Promise<Tensor[]> {
  const { functions } = await host.open(GOLDEN_ID, { format: 'onnx', artifact, ...candidate });
  return host.run(GOLDEN_ID, functions[0]?.name ?? '', [input], { timeoutMs: trialMs });
}

/** Failures that say nothing of an engine: another time it may do better, so nothing is kept that rests on them. */
const PASSING_FAILURES: readonly ErrorCode[] = ['MODEL_TIMEOUT', 'MODEL_CRASHED', 'MODEL_OUT_OF_MEMORY', 'STOPPING'];

export function isPassing(code: ErrorCode | undefined): boolean {
  return code !== undefined && PASSING_FAILURES.includes(code);
}

function unfitUnlessPassing(error: SedgeError): SedgeError {
  return isPassing(error.code) ? error : unfit(error.detail, error);
}

function unfit(detail: string, cause?: unknown): SedgeError {
  return new SedgeError('ENGINE_UNAVAILABLE', detail, { cause, expose: true });
}

type Measurement = Omit<Trial, keyof Candidate>;

async function measure(
  host: TrialHost,
  files: ModelFiles,
  budgets: TrialBudgets,
  rivalMs: number | undefined,
): Promise<Measurement> {
  const { functions } = await host.open(MODEL_ID, files);
  const [first] = functions;
  if (first === undefined) throw new SedgeError('MODEL_INVALID', 'it has no function');
  const failures: Measurement[] = [];
  for (const freeSize of freeSizes(first.inputs)) {
    const request = (): ProbeRequest => ({
      ...probeRequest(files, first, budgets, freeSize),
      ...(rivalMs !== undefined && { rivalMs }),
    });
    const measurement = await probe(host, request, budgets);
    // A host that crashed or was stopped need not be asked again.
    if (measurement.error?.code !== 'MODEL_FAILED') return measurement;
    failures.push(measurement);
  }
  return failures[0] ?? { isOpened: true };
}

async function probe(host: TrialHost, request: () => ProbeRequest, { trialMs }: TrialBudgets): Promise<Measurement> {
  try {
    const { medianMs, outputs } = await host.probe(MODEL_ID, request(), { timeoutMs: trialMs });
    return { isOpened: true, medianMs, outputs };
  } catch (error) {
    return { isOpened: true, error: asSedgeError(error) };
  }
}

function probeRequest(
  { engine }: ModelFiles,
  { name, inputs }: FunctionSpec,
  { portableWarmUpMs, nativeWarmUpMs, measureMs }: TrialBudgets,
  freeSize: number,
): ProbeRequest {
  return {
    functionName: name,
    inputs: probeInputs(inputs, freeSize),
    warmUpMs: engine === 'onnx-web' ? portableWarmUpMs : nativeWarmUpMs,
    budgetMs: measureMs,
  };
}

/** Ends in time and leaves no process behind. Throws MODEL_TIMEOUT, or why the signal aborted. */
async function inHost<Result>(
  { startHost, clock, budgets }: TrialOptions,
  engine: EngineName,
  signal: AbortSignal | undefined,
  work: (host: TrialHost) => Promise<Result>,
): Promise<Result> {
  const parents = signal === undefined ? [] : [signal];
  using patience = deadlineSignal({ clock, timeoutMs: budgets.trialMs, code: 'MODEL_TIMEOUT', parents });
  const host = startHost(engine);
  await host.start();
  try {
    patience.signal.throwIfAborted();
    return await untilAborted(work(host), patience.signal);
  } finally {
    await host.stop();
  }
}
