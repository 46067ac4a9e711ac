import type { Log } from '../log.ts';
import type { BusHandler, BusMessage } from './bus.ts';

/** Hands a message over. Whatever the handler throws or rejects with ends in the log, never as an uncaught error. */
export function deliver(handler: BusHandler, message: BusMessage, log: Log): void {
  try {
    const handled = handler(message);
    if (handled instanceof Promise) handled.catch((error: unknown) => logFailure(log, message, error));
  } catch (error) {
    logFailure(log, message, error);
  }
}

function logFailure(log: Log, { topic }: BusMessage, error: unknown): void {
  log.error('a message was not handled', { topic, error });
}
