import type { Clock } from '@sedge/kit';
import { limits, SedgeError } from '@sedge/protocol';
import type { TrainingOutcome, TrainingProgress } from '../engine.ts';
import { FIRST_CHUNK_STEPS, nextChunkSteps } from './chunk-steps.ts';
import type { Operation, RequestOf, ResultOf, TrainingJob } from './messages.ts';

/** What the loop needs of a host. */
export interface TrainingLine {
  call<Op extends Operation>(op: Op, body: RequestOf<Op>, timeoutMs: number): Promise<ResultOf<Op>>;
  /** Drops the training in the guest; it may be gone already. */
  end(): Promise<unknown>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

export interface DriveOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** Begins a training, steps it in chunks that are short enough to be stopped between, and finishes it. */
export async function driveTraining(
  line: TrainingLine,
  job: TrainingJob,
  options: DriveOptions,
): Promise<TrainingOutcome> {
  const deadlineMs = line.clock.monotonicMs() + options.timeoutMs;
  try {
    await line.call('trainBegin', job, options.timeoutMs);
    await stepToEnd(line, deadlineMs, options.onProgress);
    return await line.call('trainFinish', {}, remaining(line, deadlineMs));
  } catch (error) {
    if (options.signal?.aborted !== true) throw error;
    throw new SedgeError('TRAINING_STOPPED', 'its caller stopped it', { cause: error });
  } finally {
    // Not awaited: who stops a training must not wait for the chunk under way. A lost or stopped host has nothing left.
    void line.end().catch(() => undefined);
  }
}

async function stepToEnd(
  line: TrainingLine,
  deadlineMs: number,
  onProgress: DriveOptions['onProgress'],
): Promise<void> {
  let maxSteps = FIRST_CHUNK_STEPS;
  let progress: TrainingProgress;
  do {
    const startedMs = line.clock.monotonicMs();
    progress = await line.call('trainStep', { maxSteps }, remaining(line, deadlineMs));
    onProgress?.(progress);
    maxSteps = nextChunkSteps(maxSteps, line.clock.monotonicMs() - startedMs, limits.trainChunkMs);
  } while (progress.stepsDone < progress.stepsTotal);
}

/** Throws MODEL_TIMEOUT between two chunks, so that a guest which answers is not killed for it. */
function remaining({ clock }: TrainingLine, deadlineMs: number): number {
  const remainingMs = deadlineMs - clock.monotonicMs();
  if (remainingMs <= 0) throw new SedgeError('MODEL_TIMEOUT', 'the training did not end before its deadline');
  return remainingMs;
}
