import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FoundDigits } from '../data/find-data.ts';
import type { Asked } from './ask.ts';
import type { Trained } from './train.ts';

export interface Outcome {
  readonly nodes: number;
  readonly dataset: FoundDigits;
  readonly asked: Asked;
  readonly plain: Trained;
  readonly private: Trained;
  readonly exported: { readonly model: string; readonly maxDifference: number };
  readonly seconds: Readonly<Record<string, number>>;
}

/** What `--summary` writes: measured values only. */
export function summaryOf(outcome: Outcome): Record<string, unknown> {
  const { nodes, dataset, asked, exported, seconds } = outcome;
  return {
    nodes,
    dataset: {
      name: 'digits',
      origin: dataset.origin,
      trainRows: dataset.train.labels.length,
      testRows: dataset.test.labels.length,
    },
    inference: asked,
    training: {
      plain: trainingOf(outcome.plain),
      private: {
        ...trainingOf(outcome.private),
        epsilon: outcome.private.run.epsilon,
        delta: outcome.private.run.plan.privacy?.delta,
      },
    },
    exported,
    seconds,
  };
}

function trainingOf({ run, rounds }: Trained): Record<string, unknown> {
  return {
    run: run.id,
    rounds: rounds.filter(({ outcome }) => outcome === 'completed').length,
    accuracy: run.accuracy,
    loss: run.loss,
    nodes: run.population,
    accuracyByRound: rounds.map(({ accuracy }) => accuracy),
  };
}

export async function writeSummary(path: string, summary: Record<string, unknown>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(summary, null, 2)}\n`);
}
