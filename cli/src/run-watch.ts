import type { Clock } from '@sedge/kit';
import { routes, type RoundView, type RunView } from '@sedge/protocol/routes';
import type { Client } from './client.ts';
import { table } from './table.ts';
import { numberWords, percentWords } from './words.ts';

const POLL_MS = 250;

interface Waiting {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal?: AbortSignal;
}

export interface WatchOutput {
  heading(line: string): void;
  round(line: string, round: RoundView): void;
  /** How far the node of a local run is; told as it changes. */
  training?(training: NonNullable<RunView['training']>): void;
}

/** As wide as their values, so that rows that come one by one stand below them. */
export const roundHeading = ['ROUND', 'ACCURACY', 'LOSS  ', 'EPSILON', 'UPDATES', 'SECONDS', 'OUTCOME'] as const;

export function roundRow(round: RoundView): string[] {
  return [
    String(round.round).padStart(5),
    percentWords(round.accuracy).padStart(8),
    numberWords(round.loss, 4).padStart(6),
    numberWords(round.epsilon).padStart(7),
    `${round.updates}/${round.cohort}`.padStart(7),
    numberWords(round.seconds, 2).padStart(7),
    round.outcome,
  ];
}

/** Tells each round once, as it closes, and answers the run at its end, with what it was published as. */
export async function watchRun(client: Client, run: string, waiting: Waiting, output: WatchOutput): Promise<RunView> {
  let told = 0;
  let stepsTold = 0;
  const [heading = ''] = lines([]);
  output.heading(heading);
  for (;;) {
    // The run first: when it says that it has ended, the rounds asked for after it are complete.
    const seen = await client.call(routes.getRun, { path: { run } });
    if (seen.training !== undefined && seen.training.stepsDone !== stepsTold) output.training?.(seen.training);
    stepsTold = seen.training?.stepsDone ?? 0;
    const rounds = await client.call(routes.getRounds, { path: { run } });
    for (const round of rounds.items.filter((closed) => closed.round > told)) {
      output.round(lines([round])[1] ?? '', round);
      told = round.round;
    }
    if (hasEnded(seen)) return seen;
    await waiting.clock.sleep(POLL_MS, waiting.signal);
  }
}

export function trainingWords({
  examplesPerSecond,
  loss,
  stepsDone,
  stepsTotal,
}: NonNullable<RunView['training']>): string {
  const speed = examplesPerSecond === undefined ? '' : `, ${Math.round(examplesPerSecond)} examples/s`;
  return `step ${stepsDone} of ${stepsTotal}, loss ${numberWords(loss, 4)}${speed}`;
}

function hasEnded({ state }: RunView): boolean {
  return state === 'finished' || state === 'stopped' || state === 'failed';
}

/** One by one, yet in the columns of the whole table. */
function lines(rounds: readonly RoundView[]): string[] {
  return table(roundHeading, rounds.map(roundRow));
}
