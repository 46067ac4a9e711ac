import type { RunId, TrainingProgressMessage } from '@sedge/protocol';
import type { RunView } from '@sedge/protocol/routes';
import type { Clock } from '@sedge/kit';
import type { Emit } from '../events/event-hub.ts';

export interface RunProgressOptions {
  readonly run: RunId;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly emit: Emit;
}

/** A node that speaks more often than it was asked to is not passed on. */
const EVERY_MS_MIN = 200;

/** How far the training of a run is, for whoever watches. Nothing depends on it, so nothing of it is stored. */
export class RunProgress {
  readonly #options: RunProgressOptions;
  #latest: RunView['training'];
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(options: RunProgressOptions) {
    this.#options = options;
  }

  get latest(): RunView['training'] {
    return this.#latest;
  }

  take({ examplesPerSecond, loss, stepsDone, stepsTotal }: TrainingProgressMessage): void {
    const { clock, emit, run } = this.#options;
    const now = clock.monotonicMs();
    const isLast = stepsDone >= stepsTotal && this.#latest?.stepsDone !== stepsDone;
    if (now - this.#toldMs < EVERY_MS_MIN && !isLast) return;
    this.#toldMs = now;
    this.#latest = {
      stepsDone,
      stepsTotal,
      ...(loss === undefined ? {} : { loss }),
      ...(examplesPerSecond === undefined ? {} : { examplesPerSecond }),
    };
    emit('run.progress', run, { run, ...this.#latest });
  }
}
