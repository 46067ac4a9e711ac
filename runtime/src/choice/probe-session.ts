import type { Clock } from '@sedge/kit';
import type { Tensor } from '@sedge/protocol/core';
import type { Session } from '../engine.ts';

export interface ProbeRequest {
  readonly functionName: string;
  readonly inputs: readonly Tensor[];
  /** Runs for so long before it measures: WebAssembly starts in slow code, and is optimised while it runs. */
  readonly warmUpMs: number;
  /** Measures for so long. */
  readonly budgetMs: number;
  /** Median of a faster rival: whoever cannot win any more stops at once. */
  readonly rivalMs?: number;
}

export interface ProbeResult {
  /** Of the first run. */
  readonly outputs: Tensor[];
  /** Of one that stopped early: before its code was optimised, so that it would have become less. */
  readonly medianMs: number;
  /** Runs that were measured. */
  readonly runs: number;
}

/** WebAssembly that is optimised was at most nine times faster than before, the first run apart, which compiles it. */
const WARM_UP_GAIN_MAX = 10;
const JUDGED_RUNS_MIN = 3;
const RUNS_MAX = 200;

/** Runs a model on the same inputs again and again, within a time. */
export async function probeSession(
  session: Session,
  request: ProbeRequest,
  clock: Pick<Clock, 'monotonicMs'>,
): Promise<ProbeResult> {
  const { functionName, inputs, warmUpMs, budgetMs, rivalMs = Infinity } = request;
  const startedMs = clock.monotonicMs();
  const outputs = await session.run(functionName, inputs);
  const timedRun = async (): Promise<number> => {
    const runStartedMs = clock.monotonicMs();
    await session.run(functionName, inputs);
    return clock.monotonicMs() - runStartedMs;
  };
  const hasLost = (times: readonly number[]): boolean =>
    times.length >= JUDGED_RUNS_MIN && Math.min(...times) > rivalMs * WARM_UP_GAIN_MAX;
  const warmUp: number[] = [];
  while (clock.monotonicMs() - startedMs < warmUpMs && !hasLost(warmUp)) warmUp.push(await timedRun());
  const times = hasLost(warmUp) ? warmUp : await repeat(timedRun, clock, budgetMs);
  return { outputs, medianMs: medianOf(times), runs: times.length };
}

async function repeat(
  timedRun: () => Promise<number>,
  clock: Pick<Clock, 'monotonicMs'>,
  budgetMs: number,
): Promise<number[]> {
  const startedMs = clock.monotonicMs();
  const times: number[] = [];
  do times.push(await timedRun());
  while (clock.monotonicMs() - startedMs < budgetMs && times.length < RUNS_MAX);
  return times;
}

/** The lower of the two in the middle for an even number. */
function medianOf(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? Infinity;
}
