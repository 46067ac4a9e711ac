import { SedgeError, type ModelName } from '@sedge/protocol';
import type { TrainingOutcome } from '@sedge/runtime';
import { encodeNpy } from './encode-npy.ts';
import { encodeWeights, trainerConfig, type TrainerConfig, type TrainerJob } from './trainer-job.ts';
import { resultBytesMax, trainerOutcome } from './trainer-result.ts';
import type { StepsReport } from './training-steps.ts';

export interface PullJobOptions {
  readonly id: string;
  readonly job: TrainerJob;
  readonly timeoutMs: number;
  readonly onSteps: (report: StepsReport) => void;
}

/** One round that a trainer asks for and answers piece by piece. */
export class PullJob {
  readonly id: string;
  /** Settles with the result, or with what the trainer says of its failure. */
  readonly outcome: Promise<TrainingOutcome>;
  readonly #options: PullJobOptions;
  #resolve: (outcome: TrainingOutcome) => void = () => undefined;
  #reject: (error: SedgeError) => void = () => undefined;
  #metrics: Uint8Array | undefined;

  constructor(options: PullJobOptions) {
    this.id = options.id;
    this.#options = options;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get model(): ModelName {
    return this.#options.job.offer.model.name;
  }

  get resultBytesMax(): number {
    return resultBytesMax(this.#options.job.offer.parameters);
  }

  config(): TrainerConfig {
    return trainerConfig(this.#options.job, this.#options.timeoutMs);
  }

  weights(): Uint8Array<ArrayBuffer> {
    return encodeWeights(this.#options.job);
  }

  /** As NumPy arrays. Throws NOT_FOUND for a data set without them. */
  examples(which: 'features' | 'labels'): Uint8Array<ArrayBuffer> {
    const tensor = this.#options.job.examples[which === 'features' ? 0 : 1];
    if (tensor === undefined) throw new SedgeError('NOT_FOUND', `there are no ${which}`, { expose: true });
    return encodeNpy(tensor);
  }

  steps(report: StepsReport): void {
    this.#options.onSteps(report);
  }

  /** They are checked with the result. */
  takeMetrics(metrics: Uint8Array): void {
    this.#metrics = metrics;
  }

  /** Throws what is wrong with it; the trainer may then send a better one. */
  takeResult(result: Uint8Array): void {
    this.#resolve(trainerOutcome(this.#options.job.offer.parameters, result, this.#metrics));
  }

  fail(reason: string): void {
    this.#reject(new SedgeError('TRAINER_FAILED', reason));
  }
}
