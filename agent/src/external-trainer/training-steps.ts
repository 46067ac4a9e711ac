import type { TrainingProgress } from '@sedge/runtime';
import { z } from 'zod';
import type { TrainerJob } from './trainer-job.ts';

/** What a trainer says of how far it is. */
export const stepsReport = z.object({
  stepsDone: z.int().min(0),
  stepsTotal: z.int().min(0),
  /** Mean loss of the examples since its last report. */
  loss: z.number().optional(),
});
export type StepsReport = z.infer<typeof stepsReport>;

const LINE = /^progress (\{.*\})\s*$/;

/** The report in a line of output, if there is one. */
export function stepsInLine(line: string): StepsReport | undefined {
  const [, json] = LINE.exec(line) ?? [];
  if (json === undefined) return undefined;
  try {
    return stepsReport.safeParse(JSON.parse(json)).data;
  } catch {
    // A line that only looks like one is a line like any other.
    return undefined;
  }
}

/** Turns reports with mean losses into the sums that a model host reports; one that goes back is dropped. */
export class TrainingSteps {
  readonly #examplesTotal: number;
  #last: TrainingProgress = { stepsDone: 0, stepsTotal: 0, examplesSeen: 0, lossSum: 0 };

  constructor({ offer, count }: Pick<TrainerJob, 'offer' | 'count'>) {
    this.#examplesTotal = (offer.local?.epochs ?? 1) * count;
  }

  /** Undefined for a report that adds nothing. */
  take({ stepsDone, stepsTotal, loss = 0 }: StepsReport): TrainingProgress | undefined {
    if (stepsDone <= this.#last.stepsDone || stepsDone > stepsTotal) return undefined;
    // What a step is, and how a ragged last batch counts, is the business of the program.
    const share = Math.round((this.#examplesTotal * stepsDone) / stepsTotal);
    const examplesSeen = Math.max(share, this.#last.examplesSeen);
    const lossSum = this.#last.lossSum + loss * (examplesSeen - this.#last.examplesSeen);
    this.#last = { stepsDone, stepsTotal, examplesSeen, lossSum };
    return this.#last;
  }
}
