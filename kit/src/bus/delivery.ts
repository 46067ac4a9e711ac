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

/** The same bytes as a plain array: `slice` of a Buffer does not copy, which is what a handler means by it. */
export function plainView(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function logFailure(log: Log, { topic }: BusMessage, error: unknown): void {
  log.error('a message was not handled', { topic, error });
}
