import type { Clock, Randomness } from '@sedge/kit';
import type { Client } from './client.ts';
import type { CliConfig } from './settings.ts';

/** What a command may touch of the world outside. */
export interface Shell {
  /** Throws CONFIG_INVALID when a variable is wrong, so it is asked for only by commands that need it. */
  readonly config: () => CliConfig;
  readonly client: () => Client;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  /** Writes to standard output. */
  readonly write: (text: string) => void;
  /** Says what goes on, on standard error: never part of the answer. */
  readonly note: (line: string) => void;
  /** All of standard input. */
  readonly readInput: () => Promise<string>;
  readonly columns: number;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly setExitCode: (code: number) => void;
}

/** The option that every command takes. */
export interface JsonOption {
  readonly json?: boolean;
}

/** Shows an answer: as JSON for programs, or as the given lines for people. */
export function show(shell: Shell, { json = false }: JsonOption, value: unknown, lines: () => readonly string[]): void {
  const text = json ? [JSON.stringify(value, null, 2)] : lines();
  for (const line of text) shell.write(`${line}\n`);
}
