import { systemClock } from '@sedge/kit';
import { quantile } from '../../quantile.ts';
import { rounded } from '../benchmark.ts';

/** One call of what is measured. */
export type Measured = () => unknown;

export interface Timing {
  readonly medianUs: number;
  readonly p95Us: number;
}

export interface Turns {
  readonly blocks: number;
  /** Calls in each block: so many that a block is long against the resolution of the clock. */
  readonly calls: number;
  readonly warmUp: number;
}

/** Times each of several things call by call, a block of one after a block of the other, so that all meet the same noise. */
export async function takeTurns<Name extends string>(
  things: Readonly<Record<Name, Measured>>,
  { blocks, calls, warmUp }: Turns,
): Promise<Readonly<Record<Name, Timing>>> {
  const names = Object.keys(things) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (const name of names) await timeCalls(things[name], warmUp);
  for (let block = 0; block < blocks; block += 1) {
    for (const name of names) samples[name].push(...(await timeCalls(things[name], calls)));
  }
  const timed = names.map((name) => [name, timingOf(samples[name])] as const);
  return Object.fromEntries(timed) as Record<Name, Timing>;
}

async function timeCalls(call: Measured, calls: number): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < calls; index += 1) {
    const startedMs = systemClock.monotonicMs();
    const result = call();
    // Awaiting what is no promise would cost the synchronous ones a turn of the queue.
    if (result instanceof Promise) await result;
    samples.push((systemClock.monotonicMs() - startedMs) * 1_000);
  }
  return samples;
}

function timingOf(samples: readonly number[]): Timing {
  return { medianUs: rounded(quantile(samples, 0.5), 1), p95Us: rounded(quantile(samples, 0.95), 1) };
}

/** How many times as long the second takes, by medians. */
export function timesFaster(fast: Timing, slow: Timing): number {
  return rounded(slow.medianUs / fast.medianUs);
}
