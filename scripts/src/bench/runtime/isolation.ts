import { silentLog, systemClock } from '@sedge/kit';
import { startProcessHost, startWorkerHost, type ModelHost } from '@sedge/runtime';
import { componentEngine } from '@sedge/runtime/engines';
import type { Benchmark } from '../benchmark.ts';
import { perceptronModels, rowsOf } from './perceptron-models.ts';
import { takeTurns, timesFaster, type Measured } from './take-turns.ts';

const TIMEOUT_MS = 10_000;

/** One image to the perceptron: in this thread, in a worker thread, and in the child process that models of strangers get. */
export const benchIsolation: Benchmark = async (tell) => {
  const { component: artifact, weights } = await perceptronModels();
  const files = { format: 'component', artifact, weights } as const;
  const inline = await componentEngine({ log: () => undefined }).open(files);
  const hosts = { worker: startWorkerHost(options), process: startProcessHost(options) };
  try {
    for (const host of Object.values(hosts)) await host.open('model', files);
    const { features } = rowsOf(1);
    const asked =
      (host: ModelHost): Measured =>
      () =>
        host.run('model', 'infer', [features], { timeoutMs: TIMEOUT_MS });
    const timings = await takeTurns(
      { inline: () => inline.run('infer', [features]), worker: asked(hosts.worker), process: asked(hosts.process) },
      { blocks: 20, calls: 200, warmUp: 2_000 },
    );
    const figures = {
      ...timings,
      workerOverInline: timesFaster(timings.inline, timings.worker),
      processOverInline: timesFaster(timings.inline, timings.process),
    };
    tell(JSON.stringify(figures));
    return figures;
  } finally {
    await Promise.all(Object.values(hosts).map((host) => host.stop()));
  }
};

const options = { clock: systemClock, log: silentLog };
