import type { Clock } from '@sedge/kit';
import { limits, SedgeError, type Tensor } from '@sedge/protocol/core';
import type { TrainingOutcome, TrainingProgress } from '../engine.ts';
import { FIRST_CHUNK_STEPS, nextChunkSteps } from './chunk-steps.ts';
import type { Operation, RequestOf, ResultOf, TrainingJob } from './messages.ts';
import type { PauseGate } from './pause-gate.ts';

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
  /** Holds the training between two chunks while it is paused; that time does not count. */
  readonly gate?: PauseGate;
  readonly checkpoints?: CheckpointOptions;
}

/** Where a training of an ONNX model is, from time to time: what `TrainingJob.checkpoint` takes. */
export interface CheckpointOptions {
  readonly intervalMs: number;
  readonly onCheckpoint: (checkpoint: readonly Tensor[]) => void;
}

/** Begins a training, steps it in chunks that are short enough to be stopped between, and finishes it. */
export async function driveTraining(
  line: TrainingLine,
  job: TrainingJob,
  options: DriveOptions,
): Promise<TrainingOutcome> {
  const deadline = { atMs: line.clock.monotonicMs() + options.timeoutMs };
  try {
    await line.call('trainBegin', job, options.timeoutMs);
    await stepToEnd(line, deadline, options);
    return await line.call('trainFinish', {}, remaining(line, deadline));
  } catch (error) {
    if (options.signal?.aborted !== true) throw error;
    throw new SedgeError('TRAINING_STOPPED', 'its caller stopped it', { cause: error });
  } finally {
    // Not awaited: who stops a training must not wait for the chunk under way. A lost or stopped host has nothing left.
    void line.end().catch(() => undefined);
  }
}

interface Deadline {
  atMs: number;
}

async function stepToEnd(line: TrainingLine, deadline: Deadline, options: DriveOptions): Promise<void> {
  const { clock } = line;
  let maxSteps = FIRST_CHUNK_STEPS;
  let checkpointMs = clock.monotonicMs();
  let progress: TrainingProgress;
  do {
    deadline.atMs += await pausedMs(line, options);
    const startedMs = clock.monotonicMs();
    progress = await line.call('trainStep', { maxSteps }, remaining(line, deadline));
    const endedMs = clock.monotonicMs();
    options.onProgress?.(progress);
    maxSteps = nextChunkSteps(maxSteps, endedMs - startedMs, limits.trainChunkMs);
    if (options.checkpoints !== undefined && endedMs - checkpointMs >= options.checkpoints.intervalMs) {
      options.checkpoints.onCheckpoint(await line.call('trainCheckpoint', {}, remaining(line, deadline)));
      checkpointMs = clock.monotonicMs();
    }
  } while (progress.stepsDone < progress.stepsTotal);
}

/** Waits while the training is paused: for how long. */
async function pausedMs({ clock }: TrainingLine, { gate, signal }: DriveOptions): Promise<number> {
  if (gate === undefined) return 0;
  const sinceMs = clock.monotonicMs();
  await gate.passed(signal);
  return clock.monotonicMs() - sinceMs;
}

/** Throws MODEL_TIMEOUT between two chunks, so that a guest which answers is not killed for it. */
function remaining({ clock }: TrainingLine, { atMs }: Deadline): number {
  const remainingMs = atMs - clock.monotonicMs();
  if (remainingMs <= 0) throw new SedgeError('MODEL_TIMEOUT', 'the training did not end before its deadline');
  return remainingMs;
}
