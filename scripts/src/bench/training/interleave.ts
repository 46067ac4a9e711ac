import { systemClock } from '@sedge/kit';
import { medianOf } from '../benchmark.ts';

/** Does its work once and answers the milliseconds that it took: one in another process has a clock of its own. */
export type TimedWork = () => Promise<number>;

export interface Rounds {
  readonly rounds: number;
  /** For each thing, before anything counts: WebAssembly is compiled better only after a second or so of work. */
  readonly warmUpMs: number;
}

/** The median milliseconds of each thing. All take their turn in every round, so that all meet the same noise. */
export async function interleave<Name extends string>(
  things: Readonly<Record<Name, TimedWork>>,
  { rounds, warmUpMs }: Rounds,
): Promise<Record<Name, number>> {
  const names = Object.keys(things) as Name[];
  for (const name of names) await warmUp(things[name], warmUpMs);
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) samples.get(name)?.push(await things[name]());
  }
  return Object.fromEntries(names.map((name) => [name, medianOf(samples.get(name) ?? [])])) as Record<Name, number>;
}

export function timed(work: () => unknown): TimedWork {
  return async () => {
    const startedMs = systemClock.monotonicMs();
    await work();
    return systemClock.monotonicMs() - startedMs;
  };
}

async function warmUp(work: TimedWork, durationMs: number): Promise<void> {
  const endMs = systemClock.monotonicMs() + durationMs;
  do await work();
  while (systemClock.monotonicMs() < endMs);
}
