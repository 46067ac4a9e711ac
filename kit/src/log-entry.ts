export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values beside a message. Errors are rendered with code and causes; secrets are blotted out by their names. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface LogEntry {
  readonly atMs: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}
