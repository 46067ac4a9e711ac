import type { Clock } from '@sedge/kit';
import { badLoad } from './bad-load.ts';
import { MemoryWatch } from './memory-watch.ts';
import { openSoakModels, type SoakModels } from './soak-models.ts';
import { steadyLoad } from './steady-load.ts';

const SAMPLE_MS = 2_000;

/** Good and bad models side by side for some minutes. */
export async function runSoak(minutes: number, clock: Clock, pid: number, tell: (line: string) => void) {
  const models = await openSoakModels(tell);
  try {
    const figures = await load(models, minutes, clock, pid);
    for (const [part, values] of Object.entries(figures)) tell(`${part}: ${JSON.stringify(values)}`);
    return figures;
  } finally {
    await Promise.all(models.hosts.map((host) => host.stop()));
  }
}

async function load({ steady, bad }: SoakModels, minutes: number, clock: Clock, pid: number) {
  const end = new AbortController();
  clock.setTimer(minutes * 60_000, () => end.abort());
  const memory = new MemoryWatch(pid, clock);
  const loads = [
    ...steady.map(async (model) => [model.name, await steadyLoad(model, clock, end.signal)] as const),
    ...bad.map(async (model) => [model.name, await badLoad(model, clock, end.signal)] as const),
  ];
  const [results] = await Promise.all([Promise.all(loads), watch(memory, clock, end.signal)]);
  return { minutes, ...Object.fromEntries(results), parent: memory.parent, children: memory.children };
}

async function watch(memory: MemoryWatch, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await memory.sample();
    await clock.sleep(SAMPLE_MS);
  }
}
