import type { LogLevel } from '@sedge/kit';
import type { GuestLog } from '../wasm/instantiate-model.ts';

/** Takes what a model logs; the owner of the engine decides where it goes. */
export type ModelLog = (level: LogLevel, message: string) => void;

export const LOG_LINES_PER_CALL_MAX = 20;
export const LOG_CHARACTERS_MAX = 500;

export interface LimitedLog {
  readonly log: GuestLog;
  /** A new call begins: it may log again. */
  renew(): void;
}

/** Passes on so many lines of each call, cut to a length; the rest of a flood is dropped. */
export function limitLog(take: ModelLog): LimitedLog {
  let lines = 0;
  return {
    log(level, message) {
      lines += 1;
      if (lines <= LOG_LINES_PER_CALL_MAX) take(levelOf(level), message.slice(0, LOG_CHARACTERS_MAX));
    },
    renew() {
      lines = 0;
    },
  };
}

function levelOf(level: string): LogLevel {
  return level === 'debug' || level === 'warn' || level === 'error' ? level : 'info';
}
