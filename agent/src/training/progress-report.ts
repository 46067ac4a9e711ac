import type { Clock } from '@sedge/kit';
import type { RoundOffer, TrainingProgressMessage } from '@sedge/protocol';
import type { TrainingProgress } from '@sedge/runtime';

export interface ProgressReportOptions {
  readonly offer: Pick<RoundOffer, 'attempt' | 'clipNorm' | 'progressEveryMs'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly tell: (message: TrainingProgressMessage) => void;
}

/** Tells how far a training is, where the offer asks for it, and never under privacy: a loss is about the examples. */
export class ProgressReport {
  readonly #options: ProgressReportOptions;
  #told: { readonly atMs: number; readonly examplesSeen: number; readonly lossSum: number };

  constructor(options: ProgressReportOptions) {
    this.#options = options;
    this.#told = { atMs: options.clock.monotonicMs(), examplesSeen: 0, lossSum: 0 };
  }

  readonly take = ({ examplesSeen, lossSum, stepsDone, stepsTotal }: TrainingProgress): void => {
    const { clock, offer, tell } = this.#options;
    const atMs = clock.monotonicMs();
    const elapsedMs = atMs - this.#told.atMs;
    const isLast = stepsDone >= stepsTotal;
    if (offer.progressEveryMs === undefined || offer.clipNorm !== undefined) return;
    if (elapsedMs < offer.progressEveryMs && !isLast) return;
    const examples = examplesSeen - this.#told.examplesSeen;
    const loss = (lossSum - this.#told.lossSum) / examples;
    const examplesPerSecond = (1_000 * examples) / elapsedMs;
    this.#told = { atMs, examplesSeen, lossSum };
    tell({
      attempt: offer.attempt,
      stepsDone,
      stepsTotal,
      ...(Number.isFinite(loss) ? { loss } : {}),
      ...(Number.isFinite(examplesPerSecond) ? { examplesPerSecond } : {}),
    });
  };
}
