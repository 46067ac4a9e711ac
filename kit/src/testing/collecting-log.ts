import type { LogEntry, LogLevel } from '../log-entry.ts';
import { printable } from '../log-lines.ts';
import { type Log, logOf } from '../log.ts';

export interface CollectingLog extends Log {
  /** Everything that was logged, children included, as it would be printed. */
  readonly entries: readonly LogEntry[];
  /** The messages of one level. */
  messages(level: LogLevel): string[];
}

/** A log that keeps its entries for a test to look at. */
export function collectingLog(): CollectingLog {
  const entries: LogEntry[] = [];
  const log = logOf({ now: () => 0 }, (entry) => entries.push({ ...entry, fields: printable(entry.fields) }), 'debug');
  return {
    ...log,
    entries,
    messages: (level) => entries.filter((entry) => entry.level === level).map((entry) => entry.message),
  };
}
