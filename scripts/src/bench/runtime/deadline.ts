import { silentLog, systemClock } from '@sedge/kit';
import { asSedgeError } from '@sedge/protocol';
import { startProcessHost } from '@sedge/runtime';
import { quantile } from '../../quantile.ts';
import { roundsInput, roundsModel } from '../../soak/rounds-model.ts';
import { rounded, type Benchmark } from '../benchmark.ts';

const ROUNDS = 30;
const TIMEOUT_MS = 100;
const PATIENCE_MS = 60_000;

/** A model that does not return: how long after its deadline the caller is told, and when its host answers again. */
export const benchDeadline: Benchmark = async (tell) => {
  const overshoots: number[] = [];
  const returns: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { overshootMs, backMs } = await hangOnce();
    overshoots.push(overshootMs);
    returns.push(backMs);
  }
  const figures = {
    rounds: ROUNDS,
    overshootP99Ms: rounded(quantile(overshoots, 0.99)),
    backInServiceP50Ms: rounded(quantile(returns, 0.5)),
    backInServiceP99Ms: rounded(quantile(returns, 0.99)),
  };
  tell(JSON.stringify(figures));
  return figures;
};

/** A host of its own for each round: one that is broken again and again makes pauses between its guests. */
async function hangOnce(): Promise<{ overshootMs: number; backMs: number }> {
  const host = startProcessHost({ clock: systemClock, log: silentLog });
  const run = (rounds: bigint, timeoutMs: number) => host.run('model', 'infer', [roundsInput(rounds)], { timeoutMs });
  try {
    await host.open('model', { format: 'onnx', artifact: roundsModel() });
    await run(1n, PATIENCE_MS);
    const startedMs = systemClock.monotonicMs();
    const end = await run(2n ** 62n, TIMEOUT_MS).then(
      () => 'answered',
      (error: unknown) => asSedgeError(error).code,
    );
    if (end !== 'MODEL_TIMEOUT') throw new Error(`a model that never returns ended with ${end}`);
    const endedMs = systemClock.monotonicMs();
    await run(1n, PATIENCE_MS);
    return { overshootMs: endedMs - startedMs - TIMEOUT_MS, backMs: systemClock.monotonicMs() - endedMs };
  } finally {
    await host.stop();
  }
}
