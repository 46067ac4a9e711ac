import { spawn, type ChildProcess } from 'node:child_process';
import type { Clock, Log } from '@sedge/kit';
import { SedgeError } from '@sedge/protocol';
import type { StartedTrainer } from './binding.ts';
import { signalGroup } from './process-group.ts';
import type { TrainerOutput } from './trainer-output.ts';

export interface RunProgramOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, 'setTimer' | 'sleep'>;
  readonly log: Pick<Log, 'warn'>;
  readonly output: TrainerOutput;
  /** Ends the program, with all that it started. */
  readonly signal: AbortSignal;
  readonly signalGroup?: typeof signalGroup;
}

/** From the request to end to the end without one. */
const TERM_GRACE_MS = 2_000;
/** From there on until it is given up: a program that changed its user cannot be killed. */
const KILL_GRACE_MS = 1_000;
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
  using ending = endWith(child, options);
  const end = await Promise.race([ended(child, options), ending.givenUp]).finally(() => output.end());
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
      const patience = options.clock.setTimer(PIPE_GRACE_MS, () => letGo(child));
      child.once('close', () => patience.cancel());
    });
    child.once('close', () => resolve(end));
  });
}

/** Asks the group to end when the signal aborts, soon after makes it, and gives up what lives on even then. */
function endWith(child: ChildProcess, options: RunProgramOptions): Disposable & { readonly givenUp: Promise<never> } {
  const { clock, signal } = options;
  const release = new AbortController();
  const givenUp = new Promise<never>((_, reject) => {
    const end = async (): Promise<void> => {
      signalOf(child, 'SIGTERM', options);
      await clock.sleep(TERM_GRACE_MS, release.signal);
      signalOf(child, 'SIGKILL', options);
      await clock.sleep(KILL_GRACE_MS, release.signal);
      letGo(child);
      reject(failed(`the trainer, process ${child.pid}, cannot be ended`));
    };
    // Released in time, there is nothing to give up.
    const onAbort = (): void => void end().catch(() => undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    release.signal.addEventListener('abort', () => signal.removeEventListener('abort', onAbort));
  });
  return { givenUp, [Symbol.dispose]: () => release.abort() };
}

/** It keeps neither its pipes nor the agent alive any longer. */
function letGo(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}

function signalOf({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL', options: RunProgramOptions): void {
  const { log, signalGroup: send = signalGroup } = options;
  if (pid === undefined) return;
  try {
    send(pid, signal);
  } catch (error) {
    log.warn('a trainer cannot be ended', { processId: pid, error });
  }
}

function failed(detail: string, cause?: unknown): SedgeError {
  return new SedgeError('TRAINER_FAILED', detail.slice(0, 2_000), { cause });
}
