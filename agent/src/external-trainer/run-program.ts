import { spawn, type ChildProcess } from 'node:child_process';
import type { Clock, Log } from '@sedge/kit';
import { SedgeError } from '@sedge/protocol';
import type { StartedTrainer } from './binding.ts';
import { signalGroup } from './process-group.ts';
import type { TrainerOutput } from './trainer-output.ts';

export interface RunProgramOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly log: Pick<Log, 'warn'>;
  readonly output: TrainerOutput;
  /** Ends the program, with all that it started. */
  readonly signal: AbortSignal;
}

/** From the request to end to the end without one. */
const TERM_GRACE_MS = 2_000;
/** What left the group may hold the pipes of the program for ever. */
const PIPE_GRACE_MS = 500;

/**
 * Starts a program without a shell, in a process group of its own, and resolves when it ended with status 0.
 * Throws TRAINER_FAILED for any other end, and the reason of the signal. Nothing of its group runs on afterwards.
 */
export async function runProgram(trainer: StartedTrainer, options: RunProgramOptions): Promise<void> {
  const { output, signal } = options;
  signal.throwIfAborted();
  const child = start(trainer, options);
  child.stdout?.on('data', (bytes: Buffer) => output.stdout.hear(bytes));
  child.stderr?.on('data', (bytes: Buffer) => output.stderr.hear(bytes));
  using _ending = endWith(child, options);
  const end = await ended(child, options).finally(() => output.end());
  signal.throwIfAborted();
  if (end !== 'status 0') throw failed(`the trainer ended with ${end}: ${output.lastWords}`);
}

function start({ words: [file, ...rest], workingDirectory }: StartedTrainer, options: RunProgramOptions): ChildProcess {
  try {
    return spawn(file, rest, {
      cwd: workingDirectory,
      env: { ...options.environment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    // A word with a NUL character, for one.
    throw failed(`the trainer cannot be started: ${(cause as Error).message}`, cause);
  }
}

/** How it ended, after everything that it wrote was read and the rest of its group was killed. */
function ended(child: ChildProcess, options: RunProgramOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    let end = '';
    child.once('error', (cause) => {
      if (child.pid === undefined) reject(failed(`the trainer cannot be started: ${cause.message}`, cause));
    });
    child.once('exit', (status, signal) => {
      end = signal ?? `status ${status}`;
      signalOf(child, 'SIGKILL', options);
      const patience = options.clock.setTimer(PIPE_GRACE_MS, () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      });
      child.once('close', () => patience.cancel());
    });
    child.once('close', () => resolve(end));
  });
}

/** Asks the group to end when the signal aborts, and soon after makes it. */
function endWith(child: ChildProcess, options: RunProgramOptions): Disposable {
  const { clock, signal } = options;
  let stop = (): void => undefined;
  const onAbort = (): void => {
    signalOf(child, 'SIGTERM', options);
    const grace = clock.setTimer(TERM_GRACE_MS, () => signalOf(child, 'SIGKILL', options));
    stop = () => grace.cancel();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    [Symbol.dispose]() {
      signal.removeEventListener('abort', onAbort);
      stop();
    },
  };
}

function signalOf({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL', { log }: RunProgramOptions): void {
  if (pid === undefined) return;
  try {
    signalGroup(pid, signal);
  } catch (error) {
    log.warn('a trainer cannot be ended', { processId: pid, error });
  }
}

function failed(detail: string, cause?: unknown): SedgeError {
  return new SedgeError('TRAINER_FAILED', detail.slice(0, 2_000), { cause });
}
