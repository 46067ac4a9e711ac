import type { Clock } from '@sedge/kit';
import { asSedgeError, type Tensor } from '@sedge/protocol';
import type { ModelFiles, ModelHost } from '@sedge/runtime';
import { rounded } from '../bench/benchmark.ts';
import { quantile } from '../quantile.ts';

/** A model whose host is ended by one kind of call and answers another one. */
export interface BadModel {
  readonly name: string;
  readonly host: ModelHost;
  readonly files: ModelFiles;
  readonly badInputs: readonly Tensor[];
  readonly goodInputs: readonly Tensor[];
  readonly timeoutMs: number;
  readonly everyMs: number;
}

export interface BadFigures {
  /** How often the bad call ended with which code; `answered` should not be among them. */
  readonly ends: Readonly<Record<string, number>>;
  /** From the deadline to the moment when the caller was told. */
  readonly overshootP99Ms: number;
  /** From the end of the bad call to the answer of a good one by the same host. */
  readonly backInServiceP99Ms: number;
}

const PATIENCE_MS = 60_000;

/** Breaks a host at intervals until the signal aborts, and measures how it comes back. */
export async function badLoad(model: BadModel, clock: Clock, signal: AbortSignal): Promise<BadFigures> {
  const ends: Record<string, number> = {};
  const overshoots: number[] = [];
  const returns: number[] = [];
  const { host, name, badInputs, goodInputs, timeoutMs, everyMs } = model;
  while (await hasSlept(clock, everyMs, signal)) {
    const startedMs = clock.monotonicMs();
    const end = await host.run(name, 'infer', badInputs, { timeoutMs }).then(() => 'answered', codeOf);
    const endedMs = clock.monotonicMs();
    ends[end] = (ends[end] ?? 0) + 1;
    if (end === 'MODEL_TIMEOUT') overshoots.push(Math.max(0, endedMs - startedMs - timeoutMs));
    await host.run(name, 'infer', goodInputs, { timeoutMs: PATIENCE_MS });
    returns.push(clock.monotonicMs() - endedMs);
  }
  return {
    ends,
    overshootP99Ms: rounded(quantile(overshoots, 0.99)),
    backInServiceP99Ms: rounded(quantile(returns, 0.99)),
  };
}

/** False if the signal came first. */
function hasSlept(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  return clock.sleep(delayMs, signal).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): string {
  return asSedgeError(error).code;
}
