import type { Clock } from './clock.ts';
import { LOG_LEVELS, type LogEntry, type LogFields, type LogLevel } from './log-entry.ts';
import { jsonLine, prettyLine } from './log-lines.ts';

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds these fields to each of its lines. */
  child(fields: LogFields): Log;
}

export interface LogOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Takes one line without its end. */
  readonly sink: (line: string) => void;
  readonly level?: LogLevel;
}

/** One JSON object per line, for machines. */
export function jsonLog({ clock, sink, level = 'info' }: LogOptions): Log {
  return logOf(clock, (entry) => sink(jsonLine(entry)), level);
}

/** Short lines for a terminal. */
export function prettyLog({ clock, sink, level = 'info' }: LogOptions): Log {
  return logOf(clock, (entry) => sink(prettyLine(entry)), level);
}

/** Says nothing. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};

/** A log over any taker of entries. */
export function logOf(
  clock: Pick<Clock, 'now'>,
  take: (entry: LogEntry) => void,
  level: LogLevel,
  inherited: LogFields = {},
): Log {
  const lowest = LOG_LEVELS.indexOf(level);
  const writer = (own: LogLevel) => (message: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(own) < lowest) return;
    take({ atMs: clock.now(), level: own, message, fields: { ...inherited, ...fields } });
  };
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    child: (fields) => logOf(clock, take, level, { ...inherited, ...fields }),
  };
}
