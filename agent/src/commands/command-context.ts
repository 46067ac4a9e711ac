import type { ProcessTable } from '@sedge/kit';

/** What a command may know and touch of its process. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Content of the YAML file of settings, if there is one. */
  readonly yamlText?: string;
  readonly homeDirectory: string;
  readonly workingDirectory: string;
  readonly nodeVersion: string;
  readonly arch: string;
  readonly residentBytes: () => number;
  readonly cpuMs: () => number;
  readonly processes: ProcessTable;
  /** One line on standard output: results. */
  readonly write: (line: string) => void;
  /** One line on standard error: the log, and errors. */
  readonly writeError: (line: string) => void;
  /** Aborts when the process is asked to end. */
  readonly stopRequested: AbortSignal;
}
