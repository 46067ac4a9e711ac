import type { Clock } from '@sedge/kit';
import type { Tensor } from '@sedge/protocol';
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
  readonly medianMs: number;
  /** Runs that were measured. */
  readonly runs: number;
}

/** No code that we know gets more than nine times faster by being optimised. */
const WARM_UP_GAIN_MAX = 10;
const RUNS_MAX = 200;

/** Runs a model on the same inputs again and again, within a time. */
export async function probeSession(
  session: Session,
  request: ProbeRequest,
  clock: Pick<Clock, 'monotonicMs'>,
): Promise<ProbeResult> {
  const { functionName, inputs, warmUpMs, budgetMs, rivalMs = Infinity } = request;
  const run = async (): Promise<{ outputs: Tensor[]; tookMs: number }> => {
    const startedMs = clock.monotonicMs();
    const outputs = await session.run(functionName, inputs);
    return { outputs, tookMs: clock.monotonicMs() - startedMs };
  };
  const startedMs = clock.monotonicMs();
  const first = await run();
  let best = first.tookMs;
  const isHopeless = (): boolean => best > rivalMs * WARM_UP_GAIN_MAX;
  while (clock.monotonicMs() - startedMs < warmUpMs && !isHopeless()) best = Math.min(best, (await run()).tookMs);
  if (isHopeless()) return { outputs: first.outputs, medianMs: best, runs: 1 };
  const times = await repeat(run, clock, budgetMs);
  return { outputs: first.outputs, medianMs: medianOf(times), runs: times.length };
}

async function repeat(
  run: () => Promise<{ tookMs: number }>,
  clock: Pick<Clock, 'monotonicMs'>,
  budgetMs: number,
): Promise<number[]> {
  const startedMs = clock.monotonicMs();
  const times: number[] = [];
  do times.push((await run()).tookMs);
  while (clock.monotonicMs() - startedMs < budgetMs && times.length < RUNS_MAX);
  return times;
}

/** The lower of the two in the middle for an even number. */
function medianOf(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? Infinity;
}
