import { type EngineChoice, type EngineProbe, type ErrorCode, SedgeError, type Tensor } from '@sedge/protocol';
import { disagreement } from './agreement.ts';
import type { Candidate } from './candidates.ts';

/** How a candidate did: a time and outputs, or what went wrong. */
export interface Trial extends Candidate {
  readonly medianMs?: number;
  readonly outputs?: readonly Tensor[];
  /** It gave the golden answer, now or before. */
  readonly isProven?: boolean;
  /** It opened the model, whatever became of it afterwards. */
  readonly isOpened?: boolean;
  readonly error?: { readonly code: ErrorCode; readonly detail: string };
}

/** A trial that ran to its end. */
type Finisher = Trial & { readonly medianMs: number; readonly outputs: readonly Tensor[] };

/**
 * The fastest of those that answer as the first one does, the portable engine standing first. Undefined when none ran.
 */
export function decide(trials: readonly Trial[]): EngineChoice | undefined {
  const [reference, ...others] = trials.filter(isFinisher);
  if (reference === undefined) return undefined;
  const judged = new Map(others.map((trial) => [trial as Trial, disagreement(reference.outputs, trial.outputs)]));
  const agreeing = [reference, ...others.filter((trial) => judged.get(trial) === undefined)];
  const fastest = agreeing.reduce((best, trial) => (trial.medianMs < best.medianMs ? trial : best));
  return {
    engine: fastest.engine,
    provider: fastest.provider,
    reason: agreeing.length > 1 ? 'fastest' : 'only',
    probes: trials.map((trial) => probeOf(trial, judged.get(trial))),
  };
}

/**
 * For a model that none could run on made-up inputs, which may be wrong for it: the first one that opened it. Throws
 * what the first said of the model when none did.
 */
export function decideUnmeasured(trials: readonly Trial[]): EngineChoice {
  const opened = trials.find(({ isOpened }) => isOpened);
  if (opened === undefined) throw refusalOf(trials);
  const { engine, provider } = opened;
  return { engine, provider, reason: 'only', probes: trials.map((trial) => probeOf(trial)) };
}

function refusalOf(trials: readonly Trial[]): SedgeError {
  const errors = trials.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const { code, detail } = errors.find((error) => error.code !== 'ENGINE_UNAVAILABLE') ??
    errors[0] ?? { code: 'ENGINE_UNAVAILABLE', detail: 'nothing was tried' };
  return new SedgeError(code, detail, { expose: true });
}

function isFinisher(trial: Trial): trial is Finisher {
  return trial.medianMs !== undefined && trial.outputs !== undefined;
}

const DETAIL_CHARACTERS_MAX = 500;

function probeOf({ engine, provider, medianMs, error }: Trial, difference?: string): EngineProbe {
  const failure = difference === undefined ? error : { code: 'MODEL_OUTPUT_INVALID', detail: difference };
  return {
    engine,
    provider,
    ...(medianMs !== undefined && { medianMs }),
    ...(failure && { error: { code: failure.code, detail: failure.detail.slice(0, DETAIL_CHARACTERS_MAX) } }),
  };
}
