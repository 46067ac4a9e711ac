import type { Clock } from '@sedge/kit';
import { asSedgeError, type Tensor } from '@sedge/protocol';
import type { ModelFiles, ModelHost } from '@sedge/runtime';
import { rounded } from '../bench/benchmark.ts';
import { quantile } from '../quantile.ts';

export interface SteadyModel {
  readonly name: string;
  readonly host: ModelHost;
  readonly files: ModelFiles;
  readonly inputs: readonly Tensor[];
  /** Between two calls, so that the others get their turn on a small machine. */
  readonly restMs: number;
}

export interface SteadyFigures {
  readonly calls: number;
  /** How often a call ended with which code. */
  readonly failures: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const TIMEOUT_MS = 30_000;
/** Latencies that are kept for the quantiles; older ones are overwritten. */
const LATENCIES_MAX = 100_000;

/** Calls one model, which is open, again and again until the signal aborts. */
export async function steadyLoad(model: SteadyModel, clock: Clock, signal: AbortSignal): Promise<SteadyFigures> {
  // All of it at once, so that the memory of this process does not grow by what it measures.
  const latencies = new Float64Array(LATENCIES_MAX);
  const failures: Record<string, number> = {};
  let calls = 0;
  while (!signal.aborted) {
    const startedMs = clock.monotonicMs();
    try {
      await model.host.run(model.name, 'infer', model.inputs, { timeoutMs: TIMEOUT_MS });
    } catch (error) {
      const { code } = asSedgeError(error);
      failures[code] = (failures[code] ?? 0) + 1;
    }
    latencies[calls % LATENCIES_MAX] = clock.monotonicMs() - startedMs;
    calls += 1;
    await clock.sleep(model.restMs);
  }
  const kept = [...latencies.subarray(0, Math.min(calls, LATENCIES_MAX))];
  return { calls, failures, p50Ms: rounded(quantile(kept, 0.5), 3), p99Ms: rounded(quantile(kept, 0.99), 3) };
}
