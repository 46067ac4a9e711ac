import { type Engine, type EngineTensor, TRAINING_NAMES } from '@sedge/autodiff';
import type { Clock } from '@sedge/kit';
import { limits } from '@sedge/protocol/core';
import type { PreparedTraining } from './prepare-training.ts';
import { engineTensor } from './row-tensor.ts';
import { floatTensor, stateFeeds, type TrainingState } from './training-state.ts';

/** Evaluation keeps no values for a way back, so that it takes more examples at a time than a step. */
const BATCHES_AT_A_TIME = 8;
/** A round may be short: it should not wait long for a number that is only shown. */
const BUDGET_MS = limits.trainChunkMs / 4;

/**
 * The share of training examples that the trained model answers rightly: the first ones, as many as there is
 * time for. Undefined where a loss knows no right and wrong.
 */
export async function trainingAccuracy(
  engine: Engine,
  prepared: PreparedTraining,
  state: TrainingState,
  clock: Pick<Clock, 'monotonicMs'>,
): Promise<number | undefined> {
  const { training, loss, rows, batch } = prepared;
  if (!loss.endsWith('cross-entropy')) return undefined;
  const endMs = clock.monotonicMs() + BUDGET_MS;
  const graph = await engine.open(training.evaluationGraph);
  try {
    let right = 0;
    let seen = 0;
    do {
      const count = Math.min(BATCHES_AT_A_TIME * batch, rows - seen);
      const results = await graph.run(feedsOf(prepared, state, seen, count));
      right += Number(results[TRAINING_NAMES.rightSum]?.data[0] ?? 0);
      seen += count;
    } while (seen < rows && clock.monotonicMs() < endMs);
    return right / seen;
  } finally {
    await graph.close();
  }
}

function feedsOf(
  { training, data }: PreparedTraining,
  state: TrainingState,
  first: number,
  count: number,
): Record<string, EngineTensor> {
  const rows = Int32Array.from({ length: count }, (_, index) => first + index);
  const given = training.stateSpec.filter(({ kind }) => kind !== 'optimizer');
  return {
    ...Object.fromEntries(data.map((tensor) => [tensor.name, engineTensor(tensor, rows)])),
    [TRAINING_NAMES.exampleWeights]: floatTensor([count], new Float32Array(count).fill(1)),
    ...stateFeeds(given, state),
  };
}
